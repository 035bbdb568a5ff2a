//! Tables for `benches/RESULTS.md`.

/// The share `part` is of `whole`, in percent; a dash where there is nothing to share.
pub(crate) fn percent(part: usize, whole: usize) -> String {
    if whole == 0 { "–".to_owned() } else { format!("{:.1} %", 100.0 * part as f64 / whole as f64) }
}

/// The value that `share` of all values do not exceed.
pub(crate) fn quantile(values: &[u64], share: f64) -> String {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let place = ((sorted.len() as f64 * share).ceil() as usize).max(1) - 1;
    sorted.get(place).map_or_else(|| "–".to_owned(), u64::to_string)
}

/// Prints a row.
pub(crate) fn row<S: AsRef<str>>(cells: impl IntoIterator<Item = S>) {
    let cells: Vec<String> = cells.into_iter().map(|cell| cell.as_ref().to_owned()).collect();
    println!("| {} |", cells.join(" | "));
}

/// Prints a table's head.
pub(crate) fn head(title: &str, cells: &[&str]) {
    println!("\n{title}\n");
    row(cells);
    println!("|{}", "---|".repeat(cells.len()));
}
