//! Disk space as the API gives it: a float number of MB, where one MB is 2^20 bytes (categories.md §8).

use std::fmt;

use serde::{Deserialize, Serialize};

/// A size in MB of 1,048,576 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Megabytes(pub f64);

impl Megabytes {
    /// Bytes in one MB.
    pub const BYTES: u64 = 1 << 20;

    /// From a number of bytes. Exact below 8 PB (2^53 bytes), and correctly rounded above.
    #[must_use]
    pub fn from_bytes(bytes: u64) -> Self {
        Self::from(u128::from(bytes))
    }

    /// The number of bytes, rounded.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "`as` saturates, which is what is wanted"
    )]
    pub fn bytes(self) -> u64 {
        (self.0 * Self::BYTES as f64).round() as u64
    }
}

impl From<u128> for Megabytes {
    #[expect(clippy::cast_precision_loss, reason = "the API gives a float; 53 bits are 8 PB to the byte")]
    fn from(bytes: u128) -> Self {
        Self(bytes as f64 / Self::BYTES as f64)
    }
}

impl fmt::Display for Megabytes {
    /// Three significant digits with a unit that suits: `0 MB`, `12.0 KB`, `950 MB`, `1.25 TB`. Units are powers of 1024.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0.0 {
            return f.pad("0 MB");
        }
        let mut value = self.0 * 1024.0;
        let mut unit = "KB";
        for larger in ["MB", "GB", "TB", "PB"] {
            if value.abs() < 999.5 {
                break;
            }
            value /= 1024.0;
            unit = larger;
        }
        let decimals = if value.abs() >= 99.95 {
            0
        } else if value.abs() >= 9.995 {
            1
        } else {
            2
        };
        f.pad(&format!("{value:.decimals$} {unit}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_become_mb_and_back() {
        assert_eq!(Megabytes::from_bytes(1_572_864), Megabytes(1.5));
        for bytes in [0, 1, 4096, 1 << 40, (1 << 53) - 1] {
            assert_eq!(Megabytes::from_bytes(bytes).bytes(), bytes);
        }
    }

    #[test]
    fn shown_with_a_unit_that_suits() {
        let show = |bytes| Megabytes::from_bytes(bytes).to_string();
        assert_eq!(show(0), "0 MB");
        assert_eq!(show(12_288), "12.0 KB");
        assert_eq!(show(1 << 20), "1.00 MB");
        assert_eq!(show(950 << 20), "950 MB");
        assert_eq!(show(1020 << 20), "1.00 GB");
        assert_eq!(show(5 << 38), "1.25 TB");
    }
}
