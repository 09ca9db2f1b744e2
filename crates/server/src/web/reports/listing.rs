//! The state of the list, as its address says it: search, filters, order, page.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use runstow_catalog::{
    CatalogError, CategoryFilter, Direction, Pattern, Place, ReportColumn, ReportNarrowing, ReportQuery,
};
use runstow_lifecycle::Category;

use super::state_group::StateGroup;

/// Page sizes offered.
pub(super) const LIMITS: [u64; 4] = [20, 50, 100, 500];

/// Characters that are escaped in an address.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// What a category must be like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Wanted {
    /// Its state; none: any.
    pub(super) group: Option<StateGroup>,
    /// Keep is set.
    pub(super) kept: bool,
}

/// What the list is sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    Id,
    Report,
    Run,
    Date,
    Size,
}

/// One view of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Listing {
    /// Text in the name of the run or the report.
    pub(super) search: String,
    /// Per category, in the order of [`Category::ALL`].
    pub(super) wanted: [Wanted; 4],
    /// The sort key.
    pub(super) sort: Sort,
    /// Large, late or Z first.
    pub(super) descending: bool,
    /// Rows on a page.
    pub(super) limit: u64,
    /// Counted from 1.
    pub(super) page: u64,
}

impl Default for Listing {
    /// The newest records first.
    fn default() -> Self {
        Self {
            search: String::new(),
            wanted: Default::default(),
            sort: Sort::Id,
            descending: true,
            limit: 20,
            page: 1,
        }
    }
}

impl Sort {
    const ALL: [(Self, &'static str, ReportColumn); 5] = [
        (Self::Id, "id", ReportColumn::Id),
        (Self::Report, "report", ReportColumn::ResultsName),
        (Self::Run, "run", ReportColumn::ExpName),
        (Self::Date, "date", ReportColumn::TimeStamp),
        (Self::Size, "size", ReportColumn::Diskusage),
    ];

    fn entry(self) -> (&'static str, ReportColumn) {
        let found = Self::ALL.iter().find(|(sort, ..)| *sort == self);
        found.map_or(("id", ReportColumn::Id), |(_, name, column)| (name, *column))
    }
}

impl Listing {
    /// Reports with a category in a group of states.
    pub(super) fn of(category: Category, group: StateGroup) -> Self {
        let mut listing = Self::default();
        listing.wanted[category.index()].group = Some(group);
        listing
    }

    /// Reads an address. What it does not understand it passes over: an old bookmark still shows a list.
    pub(super) fn read(query: &[(String, String)]) -> Self {
        let mut listing = Self::default();
        for (name, value) in query {
            let value = value.trim();
            match name.as_str() {
                "q" => listing.search = value.to_owned(),
                "sort" => listing.set_sort(value),
                "limit" => {
                    listing.limit = value.parse().ok().filter(|limit| LIMITS.contains(limit)).unwrap_or(20)
                }
                "page" => listing.page = value.parse().ok().filter(|page| *page > 0).unwrap_or(1),
                _ => listing.set_wanted(name, value),
            }
        }
        listing
    }

    fn set_sort(&mut self, value: &str) {
        let name = value.trim_start_matches('-');
        if let Some((sort, ..)) = Sort::ALL.iter().find(|(_, known, _)| *known == name) {
            self.sort = *sort;
            self.descending = value.starts_with('-');
        }
    }

    fn set_wanted(&mut self, name: &str, value: &str) {
        for category in Category::ALL {
            let wanted = &mut self.wanted[category.index()];
            if name == category.api_prefix() {
                wanted.group = StateGroup::read(value);
            } else if name.strip_suffix("_kept") == Some(category.api_prefix()) {
                wanted.kept = value == "1";
            }
        }
    }

    /// Whether anything narrows the list.
    pub(super) fn narrowed(&self) -> bool {
        !self.search.is_empty() || self.wanted != <[Wanted; 4]>::default()
    }

    /// The shortest address of this view.
    pub(super) fn address(&self) -> String {
        let mut parts = Vec::new();
        if !self.search.is_empty() {
            parts.push(format!("q={}", utf8_percent_encode(&self.search, ESCAPED)));
        }
        for category in Category::ALL {
            let wanted = self.wanted[category.index()];
            if let Some(group) = wanted.group {
                parts.push(format!("{category}={}", group.name()));
            }
            if wanted.kept {
                parts.push(format!("{category}_kept=1"));
            }
        }
        let standard = Self::default();
        if (self.sort, self.descending) != (standard.sort, standard.descending) {
            parts.push(format!("sort={}", self.sort_value()));
        }
        if self.limit != standard.limit {
            parts.push(format!("limit={}", self.limit));
        }
        if self.page != standard.page {
            parts.push(format!("page={}", self.page));
        }
        if parts.is_empty() { "/".to_owned() } else { format!("/?{}", parts.join("&")) }
    }

    /// The order as an address says it.
    pub(super) fn sort_value(&self) -> String {
        format!("{}{}", if self.descending { "-" } else { "" }, self.sort.entry().0)
    }

    /// All rows, in the same order.
    pub(super) fn cleared(&self) -> Self {
        Self { search: String::new(), wanted: Default::default(), page: 1, ..self.clone() }
    }

    /// The same view at another page.
    pub(super) fn at_page(&self, page: u64) -> Self {
        Self { page, ..self.clone() }
    }

    /// The same rows in the order of a key; again the other way round. Names start at A, the rest with the largest.
    pub(super) fn sorted_by(&self, sort: Sort) -> Self {
        let descending =
            if self.sort == sort { !self.descending } else { !matches!(sort, Sort::Report | Sort::Run) };
        Self { sort, descending, page: 1, ..self.clone() }
    }

    /// The question to the catalog.
    ///
    /// # Errors
    /// When the search text is too long.
    pub(super) fn query(&self) -> Result<ReportQuery, CatalogError> {
        let name = match self.search.as_str() {
            "" => None,
            text => Some(Pattern::text_ignoring_case(text, Place::Anywhere).map_err(|error| {
                CatalogError::Invalid(format!("The search text can not be used: {error}."))
            })?),
        };
        let categories = self.wanted.map(|wanted| {
            (wanted != Wanted::default()).then(|| CategoryFilter {
                states: wanted
                    .group
                    .map(|group| group.states().map(|state| state.code().to_owned()).collect()),
                kept: wanted.kept,
            })
        });
        let direction = if self.descending { Direction::Descending } else { Direction::Ascending };
        Ok(ReportQuery {
            narrowing: ReportNarrowing { name, categories },
            order: vec![(self.sort.entry().1, direction)],
            limit: self.limit,
            offset: (self.page - 1).saturating_mul(self.limit),
            ..ReportQuery::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Listing {
        let pairs: Vec<_> =
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Listing::read(&pairs)
    }

    #[test]
    fn an_address_says_the_whole_view_and_nothing_else() {
        let listing = read(&[
            ("q", " R_2017 & <b> "),
            ("sigproc", "archived"),
            ("misc_kept", "1"),
            ("sort", "run"),
            ("limit", "50"),
            ("page", "3"),
            ("basecall", ""),
        ]);
        let address = listing.address();
        assert_eq!(
            address,
            "/?q=R_2017%20%26%20%3Cb%3E&sigproc=archived&misc_kept=1&sort=run&limit=50&page=3"
        );
        assert_eq!(Listing::default().address(), "/");
        assert_eq!(listing.at_page(1).address(), address.trim_end_matches("&page=3"));
    }

    #[test]
    fn an_address_that_is_not_understood_shows_the_list_all_the_same() {
        let odd = [
            ("sort", "colour"),
            ("limit", "7"),
            ("page", "0"),
            ("sigproc", "lost"),
            ("misc_kept", "yes"),
            ("x", "y"),
        ];
        assert_eq!(read(&odd), Listing::default());
        assert_eq!(read(&[("page", "99999999999999999999")]), Listing::default());
    }

    #[test]
    fn a_key_sorts_its_natural_way_first_and_then_the_other() {
        let by_name = Listing::default().at_page(4).sorted_by(Sort::Report);
        assert_eq!((by_name.descending, by_name.page), (false, 1));
        assert!(by_name.sorted_by(Sort::Report).descending);
        assert!(by_name.sorted_by(Sort::Size).descending);
    }
}
