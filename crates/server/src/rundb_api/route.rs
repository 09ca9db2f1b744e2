//! Paths of the compatible API, as the original's URL patterns take them apart (api.md rules 35 to 40).

/// The API's root.
pub(super) const ROOT: &str = "/rundb/api/v1/";

/// Which of the five resources.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Name {
    /// Reports.
    CompositeDataManagement,
    /// What happened to them.
    DataManagementHistory,
    /// Storage roots.
    FileServer,
    /// The original's settings.
    GlobalConfig,
    /// Banners.
    Message,
}

/// What a path means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Route<'p> {
    /// The list of resources.
    Root,
    /// A resource's path.
    Resource(Name, Target<'p>),
    /// A path that would be known with a slash at its end.
    SlashMissing,
    /// Nothing.
    Unknown,
}

/// What a resource's path is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target<'p> {
    /// All records.
    List,
    /// What fields there are.
    Schema,
    /// Records by id; the ids as they stand, between `;`.
    Set(&'p str),
    /// One record; its id as it stands.
    Detail(&'p str),
}

impl Target<'_> {
    /// One of each kind.
    pub(super) const KINDS: [Target<'static>; 4] =
        [Target::List, Target::Schema, Target::Set("{ids}"), Target::Detail("{id}")];

    /// The path of this kind in the table of rights.
    pub(super) fn template(self) -> &'static str {
        match self {
            Self::List => "/rundb/api/v1/{resource}/",
            Self::Schema => "/rundb/api/v1/{resource}/schema/",
            Self::Set(_) => "/rundb/api/v1/{resource}/set/{ids}/",
            Self::Detail(_) => "/rundb/api/v1/{resource}/{id}/",
        }
    }
}

impl Name {
    /// All, in the order of the root's answer.
    pub(super) const ALL: [Self; 5] = [
        Self::CompositeDataManagement,
        Self::DataManagementHistory,
        Self::FileServer,
        Self::GlobalConfig,
        Self::Message,
    ];

    /// As in paths.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::CompositeDataManagement => "compositedatamanagement",
            Self::DataManagementHistory => "datamanagementhistory",
            Self::FileServer => "fileserver",
            Self::GlobalConfig => "globalconfig",
            Self::Message => "message",
        }
    }
}

impl<'p> Route<'p> {
    /// The meaning of a path whose percent-encoding has been undone.
    pub(super) fn of(path: &'p str) -> Self {
        if path.contains('\n') {
            return Self::Unknown;
        }
        if let Some(known) = with_slash(path) {
            return known;
        }
        // Only a path without a slash at its end is helped.
        if !path.ends_with('/') && is_known(&format!("{path}/")) { Self::SlashMissing } else { Self::Unknown }
    }
}

fn is_known(path: &str) -> bool {
    with_slash(path).is_some()
}

fn with_slash(path: &str) -> Option<Route<'_>> {
    let rest = path.strip_prefix(ROOT)?;
    if rest.is_empty() {
        return Some(Route::Root);
    }
    let (name, rest) = rest.split_once('/')?;
    let name = Name::ALL.into_iter().find(|known| known.as_str() == name)?;
    let target = match rest {
        "" => Target::List,
        "schema/" => Target::Schema,
        _ => {
            let inner = rest.strip_suffix('/')?;
            match inner.strip_prefix("set/") {
                Some(ids) => Target::Set(ids),
                None => Target::Detail(inner),
            }
        }
    };
    Some(Route::Resource(name, target))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_taken_apart_as_the_original_does() {
        let report = |target| Route::Resource(Name::CompositeDataManagement, target);
        for (path, route) in [
            ("", Route::Root),
            ("compositedatamanagement/", report(Target::List)),
            ("compositedatamanagement/schema/", report(Target::Schema)),
            ("compositedatamanagement/5/", report(Target::Detail("5"))),
            ("compositedatamanagement//", report(Target::Detail(""))),
            ("compositedatamanagement/5/6/", report(Target::Detail("5/6"))),
            ("compositedatamanagement/set/", report(Target::Detail("set"))),
            ("compositedatamanagement/set//", report(Target::Set(""))),
            ("compositedatamanagement/set/1;3/", report(Target::Set("1;3"))),
            ("compositedatamanagement", Route::SlashMissing),
            ("compositedatamanagement/5", Route::SlashMissing),
            ("compositedatamanagement/schema", Route::SlashMissing),
            ("compositedatamanagement/set/5;6", Route::SlashMissing),
            ("message/", Route::Resource(Name::Message, Target::List)),
            ("nosuchresource/", Route::Unknown),
            ("nosuchresource", Route::Unknown),
            ("CompositeDataManagement/", Route::Unknown),
            ("/compositedatamanagement/", Route::Unknown),
            ("compositedatamanagement/5\n/", Route::Unknown),
        ] {
            assert_eq!(Route::of(&format!("{ROOT}{path}")), route, "{path}");
        }
        assert_eq!(Route::of("/rundb/api/v1"), Route::SlashMissing);
        assert_eq!(Route::of("/rundb/api/"), Route::Unknown);
    }
}
