//! Export of what is archived: from its archive to another place, which becomes an archive folder of the same content.

use std::path::Path;

use runstow_lifecycle::Category;
use runstow_lifecycle::manifest::{Kind, Origin};

use super::record::Contents;
use super::{Description, Done, Proven, Run, batch, publish};
use crate::archive::planned::{Damage, Way, look, planned};
use crate::archive::{ArchiveFolder, Recorded, Twins};
use crate::failure::Failure;
use crate::journal::{Head, INCOMING, Journal, PlanFile, PlanReader, Slots};
use crate::plan::{Base, Digest, Stays, Totals};
use crate::target::{OpenTarget, Target};
use crate::tree::{Parents, Tree, as_path};
use crate::watch::{Phase, Watch};

/// An export of one category out of an archive.
pub struct Archived<'a> {
    /// Names the job among all that ever use this target; letters, digits and hyphens.
    pub job: &'a str,
    /// Grows with each attempt of the job, whoever makes it.
    pub fence: u64,
    /// The folder of the archive.
    pub from: &'a Path,
    /// The root of the archive, where it is known.
    pub archive: Option<Target<'a>>,
    /// What is copied.
    pub category: Category,
    /// The destination.
    pub target: Target<'a>,
    /// The folder below the destination's root.
    pub folder: &'a str,
    /// The list that was agreed to, by its hash; none to copy whatever the archive's list says.
    pub agreed: Option<Digest>,
    /// What the record beside the copies says.
    pub description: Description<'a>,
}

/// Copies it: each content is compared with the archive's list and read back. May be called again after anything; it goes on
/// where it was. The archive is never changed. Afterwards, when that is recorded, [`super::forget`].
///
/// # Errors
/// [`Failure`]; call again when it is mended. [`Failure::ArchiveDamaged`] when the archive is not what its list says.
pub fn export(archived: &Archived<'_>, watch: &dyn Watch) -> Result<Done, Failure> {
    let archive_root = archived.archive.clone().map(OpenTarget::open).transpose()?;
    let archive = ArchiveFolder::open(archived.from)?;
    let whose = archived.description.whose();
    let recorded = archive.category(archived.category, whose)?.ok_or_else(|| Failure::BadRecord {
        path: archived.from.to_owned(),
        why: format!(
            "it has no list of Runstow for {}; restore it and export it then",
            archived.category.ts_name()
        ),
    })?;
    if archived.agreed.is_some_and(|agreed| agreed != Digest::of_list(&recorded.category)) {
        return Err(Failure::PlanChanged { what: "the archive and its list are others".into() });
    }
    let target = OpenTarget::open(archived.target.clone())?;
    let journal = Journal::open(&target.tree, INCOMING, archived.job, archived.fence)?;
    let head = match PlanReader::open(&journal)? {
        Some((_, head)) => head,
        None => {
            super::still_free(&target, archived.folder, archived.category, &archived.description, true)?;
            plan(archived, &archive, &recorded, &journal, watch)?
        }
    };
    watch.total(head.totals.bytes, head.totals.files);
    let run = Run {
        category: archived.category,
        hash: recorded.category.hash,
        watch,
        roots: Vec::new(),
        target,
        slots: Slots::open(&journal, &head)?,
        journal,
        head,
        bases: vec![Some(
            Tree::open(archived.from).map_err(|errno| crate::walk::StartError::new(archived.from, errno))?,
        )],
        folder: archived.folder,
    };
    let proven = if run.journal.is_complete()? {
        Proven::of(&run)?
    } else {
        batch::copy_all(&run)?;
        if let Some(root) = &archive_root {
            root.check()?;
        }
        super::still_free(&run.target, run.folder, run.category, &archived.description, false)?;
        let contents = Contents::List(&archive, &recorded.category);
        publish::publish(&run, &archived.description, &contents)?
    };
    Ok(Done {
        totals: run.head.totals,
        digest: run.head.digest,
        folder: archived.target.root.join(archived.folder),
        from_medium: proven.from_medium,
        lacking: proven.lacking,
        removed: 0,
        removed_bytes: 0,
        gone_before: 0,
        kept: Vec::new(),
        left_alone: Vec::new(),
    })
}

/// Writes the plan into the journal.
fn plan(
    archived: &Archived<'_>,
    archive: &ArchiveFolder,
    recorded: &Recorded,
    journal: &Journal,
    watch: &dyn Watch,
) -> Result<Head, Failure> {
    watch.go_on()?;
    watch.advance(Phase::Plan, 0, 0);
    let mut twins = Twins::default();
    let mut entries = archive.entries(&recorded.category)?;
    while let Some(entry) = entries.next()? {
        twins.note(&entry);
    }
    let mut file = PlanFile::begin(journal)?;
    let mut totals = Totals::default();
    let mut stored = Parents::new(&archive.tree);
    let mut damage = Damage::default();
    let on_the_way = Stays::Folder.to_string();
    let mut entries = archive.entries(&recorded.category)?;
    while let Some(entry) = entries.next()? {
        watch.go_on()?;
        let was = recorded.category.folders.get(&entry.from).map(|path| as_path(&path.0).to_owned());
        let mut way = Way { stat: None, text: None, becomes: None, apart: None, twin: None };
        let stat;
        if entry.kind != Kind::Folder {
            match look(&mut stored, &entry, &was.unwrap_or_default()) {
                Ok((found, text)) => {
                    stat = found;
                    way.stat = Some(&stat);
                    // It leads to the same place in an archive as in another.
                    way.becomes = text.clone();
                    way.text = text;
                }
                Err(wrong) => {
                    damage.note(&archive.tree, &entry, wrong)?;
                    continue;
                }
            }
        }
        way.twin = twins.of(&entry);
        let planned = planned(&entry, way);
        match planned.kind {
            Kind::File => totals.files += 1,
            // Counted as when it was archived: a link on the way to files is part of their folders.
            Kind::Link if entry.stays.as_deref() == Some(on_the_way.as_str()) => totals.folders += 1,
            Kind::Link => totals.links += 1,
            Kind::Folder => totals.folders += 1,
        }
        totals.bytes += planned.identity.size;
        file.add(planned);
    }
    damage.none()?;
    let head = Head {
        entries: file.entries(),
        bases: vec![Base { origin: Origin::Report, path: archived.from.to_owned(), modified: None }],
        trash: Vec::new(),
        totals,
        digest: Digest::of_nothing(),
        made_by: journal.fence,
        left_alone: Vec::new(),
        record: None,
    };
    file.finish(journal, head)
}
