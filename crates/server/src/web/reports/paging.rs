//! Links to the other pages of a list.

use super::listing::Listing;
use crate::web::figures;

/// Where the visitor is in the list, and where to go from there.
pub(super) struct Paging {
    /// `21–40 of 98`
    pub(super) place: String,
    /// `Page 2 of 5`
    pub(super) page: String,
    /// Address of the first page, unless this is it.
    pub(super) first: Option<String>,
    /// Address of the page before.
    pub(super) previous: Option<String>,
    /// Address of the page after.
    pub(super) next: Option<String>,
    /// Address of the last page, unless this is it.
    pub(super) last: Option<String>,
}

/// The number of the last page, at least 1.
pub(super) fn last_page(listing: &Listing, total: u64) -> u64 {
    total.div_ceil(listing.limit).max(1)
}

impl Paging {
    /// For a page that shows `shown` rows of `total`.
    pub(super) fn of(listing: &Listing, total: u64, shown: usize) -> Self {
        let (page, last) = (listing.page, last_page(listing, total));
        let start = (page - 1).saturating_mul(listing.limit);
        let at = |condition: bool, page: u64| condition.then(|| listing.at_page(page).address());
        Self {
            place: format!(
                "{}–{} of {}",
                figures::count(start + 1),
                figures::count(start + shown as u64),
                figures::count(total)
            ),
            page: format!("Page {} of {}", figures::count(page), figures::count(last)),
            first: at(page > 1, 1),
            previous: at(page > 1, page.saturating_sub(1)),
            next: at(page < last, page + 1),
            last: at(page < last, last),
        }
    }
}
