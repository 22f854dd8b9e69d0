//! `segue pack`: rule files to begin with.

use crate::args::Pack;
use crate::terminal::{self, Failure, Outcome};
use segue::packs;

pub(crate) fn run(args: &Pack) -> Result<Outcome, Failure> {
    let Some(name) = &args.name else {
        let lines = packs::ALL
            .iter()
            .map(|(name, text)| format!("{name:<10} {}\n", about(text)));
        terminal::print(&lines.collect::<String>())?;
        return Ok(Outcome::Fine);
    };
    let Some((_, text)) = packs::ALL.iter().find(|(known, _)| known == name) else {
        let known = packs::ALL.map(|(name, _)| name).join(", ");
        return Err(Failure::new(format!(
            "there is no pack `{name}`; there are {known}"
        )));
    };
    terminal::print(text)?;
    Ok(Outcome::Fine)
}

/// The first sentence of a pack, which stands in its first comment.
fn about(text: &str) -> &str {
    let line = text.lines().next().unwrap_or_default();
    let line = line.trim_start_matches(['#', ' ']);
    line.split_once(':').map_or(line, |(about, _)| about)
}
