//! Tables and sizes.

use comfy_table::presets;
use comfy_table::{CellAlignment, ContentArrangement, Table};

use super::harmless;

/// A plain table that fits the terminal; columns named in `right` are aligned right.
pub fn table(head: &[&str], right: &[usize], rows: Vec<Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled).set_header(head);
    for row in rows {
        table.add_row(row.iter().map(|cell| harmless(cell)).collect::<Vec<_>>());
    }
    for index in right {
        if let Some(column) = table.column_mut(*index) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let text = table.to_string();
    text.lines()
        .map(|line| line.trim_end().strip_prefix(' ').unwrap_or(line.trim_end()))
        .collect::<Vec<_>>()
        .join("\n")
}

/// A size given in MB of 2^20 bytes, for people: `812 KB`, `14.2 MB`, `1.93 TB`.
pub fn size(megabytes: Option<f64>) -> String {
    let Some(megabytes) = megabytes else { return "?".into() };
    let bytes = megabytes * 1_048_576.0;
    if bytes < 1024.0 {
        return format!("{bytes:.0} B");
    }
    let mut value = bytes / 1024.0;
    for unit in ["KB", "MB", "GB", "TB"] {
        if value < 999.5 {
            let digits = if value < 9.995 { 2 } else { usize::from(value < 99.95) };
            return format!("{value:.digits$} {unit}");
        }
        value /= 1024.0;
    }
    format!("{value:.2} PB")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_read_well() {
        assert_eq!(size(None), "?");
        assert_eq!(size(Some(0.0)), "0 B");
        assert_eq!(size(Some(0.5)), "512 KB");
        assert_eq!(size(Some(1.0)), "1.00 MB");
        assert_eq!(size(Some(175_688.6)), "172 GB");
        assert_eq!(size(Some(1_048_576.0)), "1.00 TB");
    }

    #[test]
    fn hostile_names_do_not_reach_the_terminal() {
        let text = table(&["NAME"], &[], vec![vec!["a\x1b[31m\nb".into()]]);
        assert!(!text.contains('\x1b'), "{text:?}");
        assert_eq!(text.lines().count(), 2, "{text:?}");
    }
}
