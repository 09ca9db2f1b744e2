//! Enums that have one word each, in tables, on the wire and for people.

/// A text that is none of the words.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{given}` is not {what}; use one of {}", known.join(", "))]
pub struct UnknownWord {
    pub(super) given: String,
    pub(super) what: &'static str,
    pub(super) known: &'static [&'static str],
}

/// Declares an enum with a word for each of its values.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident, $what:literal { $($(#[$on:meta])* $value:ident = $word:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name { $($(#[$on])* #[serde(rename = $word)] $value),+ }

        impl $name {
            /// All of them.
            pub const ALL: [Self; [$($word),+].len()] = [$(Self::$value),+];

            /// The word in tables, on the wire and in commands.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$value => $word),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.name())
            }
        }

        impl std::str::FromStr for $name {
            type Err = crate::job::UnknownWord;

            fn from_str(given: &str) -> Result<Self, Self::Err> {
                Self::ALL.into_iter().find(|one| one.name() == given).ok_or_else(|| crate::job::UnknownWord {
                    given: given.to_owned(),
                    what: $what,
                    known: &[$($word),+],
                })
            }
        }
    };
}
pub(super) use words;
