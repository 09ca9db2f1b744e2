//! What a job does.

use super::words::words;
use crate::Right;

words! {
    /// What a job does with the files of a category.
    JobAction, "what a job can do" {
        /// Copy to the archive, prove the copy, then remove the source.
        Archive = "archive",
        /// Copy and prove; the source stays.
        Export = "export",
        /// Remove: into the trash of the volume, where it has one. Of an archived category: the archived copy.
        Delete = "delete",
        /// Copy back from the archive or the trash, and prove.
        Restore = "restore",
        /// Remove from the trash for good.
        Purge = "purge",
        /// Read an archive again and compare it with its manifest.
        Verify = "verify",
    }
}

impl JobAction {
    /// Does it change where the files are, and so the category's state?
    #[must_use]
    pub const fn moves(self) -> bool {
        !matches!(self, Self::Purge | Self::Verify)
    }

    /// Must nobody use the files meanwhile (lifecycle.md §3.2)? The others touch no file that is in its place.
    #[must_use]
    pub const fn needs_free_files(self) -> bool {
        matches!(self, Self::Archive | Self::Export | Self::Delete)
    }

    /// What a user needs to ask for it.
    #[must_use]
    pub const fn right(self) -> Right {
        match self {
            Self::Archive | Self::Verify => Right::Archive,
            Self::Export => Right::Export,
            Self::Restore => Right::Restore,
            Self::Delete | Self::Purge => Right::Delete,
        }
    }

    /// The noun that begins sentences, such as “Archive of Output Files”.
    #[must_use]
    pub const fn noun(self) -> &'static str {
        match self {
            Self::Archive => "Archive",
            Self::Export => "Export",
            Self::Delete => "Delete",
            Self::Restore => "Restore",
            Self::Purge => "Purge",
            Self::Verify => "Verification",
        }
    }

    /// What has been done to the files when it has ended well, such as “archived”.
    #[must_use]
    pub const fn participle(self) -> &'static str {
        match self {
            Self::Archive => "archived",
            Self::Export => "exported",
            Self::Delete => "deleted",
            Self::Restore => "restored",
            Self::Purge => "purged",
            Self::Verify => "verified",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Role;

    #[test]
    fn words_are_read_back() {
        for action in JobAction::ALL {
            assert_eq!(action.to_string().parse(), Ok(action));
            assert_eq!(serde_json::to_string(&action).unwrap(), format!("\"{action}\""));
        }
        let text = "erase".parse::<JobAction>().unwrap_err().to_string();
        assert!(text.contains("`erase`") && text.contains("purge"), "{text}");
    }

    #[test]
    fn only_admins_may_ask_for_what_loses_files() {
        for action in JobAction::ALL {
            let loses = matches!(action, JobAction::Delete | JobAction::Purge);
            assert_eq!(Role::Operator.may(action.right()), !loses, "{action}");
            assert!(!Role::Viewer.may(action.right()), "{action}");
        }
    }
}
