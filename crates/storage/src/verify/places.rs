//! Where archives lie below a directory, for those who have no catalog.

use std::ffi::CString;
use std::path::{Path, PathBuf};

use runstow_lifecycle::Category;
use rustix::fs::FileType;
use rustix::io::Errno;

use crate::archive::{is_list, is_record};
use crate::disk;
use crate::failure::{Failure, Side};
use crate::tree::{Tree, names};
use crate::walk::StartError;

/// An archive folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The folder.
    pub folder: PathBuf,
    /// Categories that a record names, or that a list of Runstow lies there for.
    pub categories: Vec<Category>,
    /// Records lie there and none is of Runstow.
    pub unproven: bool,
}

/// Archives in a folder or, where there is none, in its folders and in those of `archivedReports` and `exportedReports`:
/// the root of an archive may be named as well as one archive.
///
/// # Errors
/// When a folder can not be looked into.
pub fn places(dir: &Path) -> Result<Vec<Place>, Failure> {
    let tree = Tree::open(dir).map_err(|errno| StartError::new(dir, errno))?;
    let mut all = Vec::new();
    if let Some(place) = place(&tree)? {
        return Ok(vec![place]);
    }
    for name in folders(&tree)? {
        let below = open(&tree, &name)?;
        match place(&below)? {
            Some(place) => all.push(place),
            None if [c"archivedReports", c"exportedReports"].contains(&name.as_c_str()) => {
                for name in folders(&below)? {
                    all.extend(place(&open(&below, &name)?)?);
                }
            }
            None => {}
        }
    }
    all.sort_by(|a, b| a.folder.cmp(&b.folder));
    Ok(all)
}

fn failed(tree: &Tree) -> impl Fn(Errno) -> Failure + use<'_> {
    |errno| Failure::io(Side::Target, "look into", tree.path(), b"")(errno)
}

/// Names of the folders in a folder.
fn folders(tree: &Tree) -> Result<Vec<CString>, Failure> {
    let mut all = Vec::new();
    for name in names(tree.fd()).map_err(failed(tree))? {
        let stat = disk::stat(tree.fd(), &name).map_err(failed(tree))?;
        let own = name.to_bytes().starts_with(b".runstow");
        if !own && FileType::from_raw_mode(stat.st_mode) == FileType::Directory {
            all.push(name);
        }
    }
    Ok(all)
}

fn open(tree: &Tree, name: &CString) -> Result<Tree, Failure> {
    tree.within(name.to_bytes()).map_err(Failure::io(Side::Target, "look into", tree.path(), name.to_bytes()))
}

fn place(tree: &Tree) -> Result<Option<Place>, Failure> {
    let recorded = crate::archive::records(tree)?;
    let names = names(tree.fd()).map_err(failed(tree))?;
    let names: Vec<&str> = names.iter().filter_map(|name| name.to_str().ok()).collect();
    let is_there = |category: &Category| {
        recorded.iter().any(|(_, record)| record.categories.contains_key(category))
            || names.iter().any(|name| is_list(name, *category))
    };
    let categories: Vec<Category> = Category::ALL.into_iter().filter(is_there).collect();
    let unproven = categories.is_empty() && names.iter().any(|name| is_record(name));
    let folder = tree.path().to_owned();
    Ok((unproven || !categories.is_empty()).then_some(Place { folder, categories, unproven }))
}
