//! One volume as a bar.

use runstow_catalog::{CatalogError, Volume, VolumeKind, VolumeStatus};

use crate::app::App;
use crate::web::figures;

/// A volume as the page shows it.
pub(super) struct VolumeBar {
    pub(super) name: String,
    pub(super) kind: &'static str,
    pub(super) path: String,
    /// How full it was when last seen; none if it never was.
    pub(super) fill: Option<Fill>,
    /// Why it can not be relied upon.
    pub(super) trouble: Option<String>,
    /// When it was examined.
    pub(super) checked: Option<String>,
}

/// How full a volume is.
pub(super) struct Fill {
    pub(super) used: String,
    pub(super) total: String,
    pub(super) free: String,
    /// Whole percent, rounded down: 100 means full.
    pub(super) percent: u64,
    /// The same with one decimal, for the bar.
    pub(super) width: String,
    /// How urgent it is.
    pub(super) class: &'static str,
}

/// All volumes.
pub(super) async fn bars(app: &App) -> Result<Vec<VolumeBar>, CatalogError> {
    Ok(app.catalog().volumes().await?.into_iter().map(VolumeBar::of).collect())
}

impl VolumeBar {
    fn of(volume: Volume) -> Self {
        let facts = volume.facts;
        let trouble = match (facts.status, facts.status_reason.as_str()) {
            (VolumeStatus::Ready, _) => None,
            (VolumeStatus::Missing, "") => Some("It is not there.".to_owned()),
            (VolumeStatus::Unproven, "") => {
                Some("It does not prove to be the volume that is meant.".to_owned())
            }
            (_, reason) => Some(reason.to_owned()),
        };
        Self {
            kind: match facts.kind {
                VolumeKind::Runs => "runs",
                VolumeKind::Reports => "reports",
                VolumeKind::Archive => "archive",
            },
            fill: facts
                .total_bytes
                .zip(facts.available_bytes)
                .and_then(|(total, free)| Fill::of(total, free)),
            trouble,
            checked: volume.checked_us.map(figures::minute),
            name: if facts.name.is_empty() { facts.path.clone() } else { facts.name },
            path: facts.path,
        }
    }
}

impl Fill {
    fn of(total: u64, free: u64) -> Option<Self> {
        let used = total.saturating_sub(free);
        let permille = u128::from(used) * 1000 / u128::from((total > 0).then_some(total)?);
        let permille = u64::try_from(permille).unwrap_or(1000);
        let percent = permille / 10;
        Some(Self {
            used: figures::size_of_bytes(used),
            total: figures::size_of_bytes(total),
            free: figures::size_of_bytes(free),
            percent,
            width: format!("{percent}.{}", permille % 10),
            // People are told at 95 and 99 percent (lifecycle.md §6); the bar warns a little before.
            class: match percent {
                95.. => "hot",
                85.. => "warm",
                _ => "calm",
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_full_only_when_the_volume_is() {
        let percent = |total, free| Fill::of(total, free).map(|fill| (fill.percent, fill.width, fill.class));
        assert_eq!(percent(1000, 376), Some((62, "62.4".into(), "calm")));
        assert_eq!(percent(1000, 1), Some((99, "99.9".into(), "hot")));
        assert_eq!(percent(1000, 0), Some((100, "100.0".into(), "hot")));
        assert_eq!(percent(u64::MAX, u64::MAX), Some((0, "0.0".into(), "calm")));
        assert_eq!(percent(0, 0), None);
    }
}
