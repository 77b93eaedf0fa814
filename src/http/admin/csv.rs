//! Tables for spreadsheets, written so that no cell is taken for a formula.
//!
//! Clients choose their names and notes, and a dispatcher opens the file: a cell that begins with
//! `=`, `+`, `-`, `@`, a tab or a line break would be run by common spreadsheets. Such cells get an
//! apostrophe in front, which spreadsheets show as "this is text". Everything is quoted (RFC 4180).

/// What a spreadsheet may take for the beginning of a formula. Full-width forms count as well.
const FORMULA_STARTS: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

/// Adds one row to `table`.
pub fn push_row<'a>(table: &mut String, cells: impl IntoIterator<Item = &'a str>) {
    for (number, cell) in cells.into_iter().enumerate() {
        if number > 0 {
            table.push(',');
        }
        table.push('"');
        if cell.trim_start_matches(' ').starts_with(FORMULA_STARTS) {
            table.push('\'');
        }
        table.push_str(&cell.replace('"', "\"\""));
        table.push('"');
    }
    table.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(cells: &[&str]) -> String {
        let mut table = String::new();
        push_row(&mut table, cells.iter().copied());
        table
    }

    #[test]
    fn quotes_commas_and_line_breaks_stay_within_their_cell() {
        assert_eq!(
            row(&["a", "b,c", "say \"no\"", "x\ny"]),
            "\"a\",\"b,c\",\"say \"\"no\"\"\",\"x\ny\"\r\n"
        );
    }

    #[test]
    fn a_cell_that_a_spreadsheet_would_run_becomes_text() {
        for formula in ["=1+1", "+49 30", "-2", "@SUM(A1)", "\t=1", " =1", "＝1", "\r=1"] {
            assert!(row(&[formula]).starts_with("\"'"), "{formula:?}");
        }
        assert_eq!(row(&["a=b", "1-2"]), "\"a=b\",\"1-2\"\r\n");
    }
}
