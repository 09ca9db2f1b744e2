//! What went with another delete: files that several reports of a run, or several categories of a report, have lie in the
//! trash of the last of them. Whoever comes back first brings them along.

use std::collections::HashMap;
use std::path::PathBuf;

use runstow_lifecycle::RawText;
use runstow_lifecycle::manifest::Kind;

use super::bin::{Bin, There, is_there};
use super::{Place, open_home, proven};
use crate::disk;
use crate::failure::{Failure, Side};
use crate::identity::Identity;
use crate::journal::{Journal, join};
use crate::plan::Planned;
use crate::tree::Parents;
use crate::watch::{Phase, Watch};

/// Entries that were left for others and are in their place no more, by start folder and path.
#[derive(Default)]
pub(super) struct Left(HashMap<PathBuf, HashMap<RawText, (Kind, Identity)>>);

impl Left {
    /// Notes an entry, unless it is in its place.
    pub(super) fn note(
        &mut self,
        bin: &Bin<'_>,
        planned: Planned,
        start: &mut Parents<'_>,
    ) -> Result<(), Failure> {
        let path = bin.path(&planned);
        let failed = |errno| Failure::Io { doing: "look at", path, errno, side: Side::Source };
        if is_there(start, &planned).map_err(failed)? == There::Nothing {
            let start = bin.head.bases[planned.base].path.clone();
            self.0.entry(start).or_default().insert(planned.path, (planned.kind, planned.identity));
        }
        Ok(())
    }

    /// Takes what is found of it out of the trash of other deletes of the run. Gives names and bytes that came back, and the
    /// paths of what did not.
    pub(super) fn fetch(
        mut self,
        beside: &[Place<'_>],
        watch: &dyn Watch,
    ) -> Result<(u64, u64, Vec<String>), Failure> {
        let (mut files, mut bytes) = (0, 0);
        for place in beside {
            if self.0.values().all(HashMap::is_empty) {
                break;
            }
            let roots = proven(place.roots)?;
            let Some(folder) = open_home(place, &roots)? else { continue };
            let Some(bin) = Bin::open(place, roots, Journal::of(folder, 0))? else { continue };
            // One that has not come to its end would take them again. An archive holds copies.
            if bin.head.record.is_none() && bin.journal.is_complete()? {
                let (more, size) = self.fetch_from(&bin, watch)?;
                files += more;
                bytes += size;
                bin.sync()?;
                bin.check()?;
            }
        }
        let paths = self.0.iter().flat_map(|(start, left)| left.keys().map(move |path| join(start, &path.0)));
        let mut elsewhere: Vec<String> = paths.map(|path| path.display().to_string()).collect();
        elsewhere.sort();
        Ok((files, bytes, elsewhere))
    }

    fn fetch_from(&mut self, bin: &Bin<'_>, watch: &dyn Watch) -> Result<(u64, u64), Failure> {
        let (mut files, mut bytes) = (0, 0);
        let sides = bin.sides(false)?;
        let mut pairs: Vec<_> = sides.iter().map(super::bin::Sides::parents).collect();
        let mut reader = bin.reader()?;
        while let Some((_, planned)) = reader.next()? {
            watch.go_on()?;
            let Some(left) = self.0.get_mut(&bin.head.bases[planned.base].path) else { continue };
            let is_meant =
                left.get(&planned.path) == Some(&(planned.kind, planned.identity)) && planned.goes();
            if !is_meant {
                continue;
            }
            let (Some(start), Some(trash)) = &mut pairs[planned.base] else { continue };
            let path = bin.path(&planned);
            let failed =
                |errno| Failure::Io { doing: "give back", path: path.clone(), errno, side: Side::Source };
            if is_there(trash, &planned).map_err(failed)? != There::It {
                continue;
            }
            let (from, old) = trash.of(&planned.path.0).map_err(failed)?;
            let (to, new) = start.make(&planned.path.0).map_err(failed)?;
            match disk::rename_new(from, &old, to, &new) {
                Ok(()) => {}
                Err(rustix::io::Errno::EXIST) => return Err(Failure::Occupied { path }),
                Err(errno) => return Err(failed(errno)),
            }
            left.remove(&planned.path);
            files += 1;
            bytes += planned.identity.size;
            watch.advance(Phase::Publish, 0, 1);
        }
        Ok((files, bytes))
    }
}
