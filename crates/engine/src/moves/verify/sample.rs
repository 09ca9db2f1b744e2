//! How much of an archive is read.

use std::str::FromStr;

use runstow_storage::verify::Choice;

/// A part of each archive: a share of its files, or files of about so many bytes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Sample {
    /// From 0 to 1.
    Share(f64),
    /// Bytes.
    Bytes(u64),
}

/// A text that tells no sample.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{0}` is no sample; use a share such as 5%, or a size such as 20GB")]
pub struct UnknownSample(String);

impl FromStr for Sample {
    type Err = UnknownSample;

    fn from_str(given: &str) -> Result<Self, Self::Err> {
        let unknown = || UnknownSample(given.to_owned());
        let text = given.trim();
        let number = |text: &str| {
            let number = text.trim().parse::<f64>().ok();
            number.filter(|number| number.is_finite() && *number > 0.0).ok_or_else(unknown)
        };
        if let Some(percent) = text.strip_suffix('%') {
            let share = number(percent)? / 100.0;
            return if share <= 1.0 { Ok(Self::Share(share)) } else { Err(unknown()) };
        }
        let text = text.to_ascii_uppercase();
        let text = text.strip_suffix('B').ok_or_else(unknown)?;
        for (unit, bytes) in [('K', 1_u64 << 10), ('M', 1 << 20), ('G', 1 << 30), ('T', 1 << 40)] {
            if let Some(text) = text.strip_suffix(unit) {
                return Ok(Self::Bytes((number(text)? * bytes as f64) as u64));
            }
        }
        Ok(Self::Bytes(number(text)? as u64))
    }
}

impl Sample {
    /// Which contents that are; the same seed chooses the same.
    #[must_use]
    pub const fn choice(self, seed: u64) -> Choice {
        match self {
            Self::Share(share) if share >= 1.0 => Choice::All,
            Self::Share(share) => Choice::Share { share, seed },
            Self::Bytes(bytes) => Choice::Bytes { bytes, seed },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_and_sizes_are_read() {
        assert_eq!("5%".parse(), Ok(Sample::Share(0.05)));
        assert_eq!(" 0.5 %".parse(), Ok(Sample::Share(0.005)));
        assert_eq!("20GB".parse(), Ok(Sample::Bytes(20 << 30)));
        assert_eq!("1.5 tb".parse(), Ok(Sample::Bytes(3 << 39)));
        assert_eq!("512B".parse(), Ok(Sample::Bytes(512)));
        assert_eq!("100%".parse::<Sample>().unwrap().choice(1), Choice::All);
        for wrong in ["", "5", "%", "0%", "-5%", "101%", "NaN%", "GB", "-1GB", "some"] {
            assert_eq!(wrong.parse::<Sample>(), Err(UnknownSample(wrong.to_owned())));
        }
    }
}
