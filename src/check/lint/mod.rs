//! Warnings about rules that can be used but may not mean what their author thinks: one lint, one file, one row of the table.

mod constant;
mod duplicate;
mod negation_takes_missing;
mod yearly_date;

use super::checker::Checker;
use crate::ir::Cond;
use crate::syntax::Expr;

/// Looks over a whole rule, as it was written and as it was understood.
type Lint = fn(&Cond, &Expr, &mut Checker<'_>);

/// Every lint, by the code of its warnings. What never holds because of how it is written (`between 5 and 3`, windows that end
/// before they begin) is found where it is checked, and is a W0102 too.
const LINTS: &[(&str, Lint)] = &[
    ("W0101", negation_takes_missing::lint),
    ("W0102", constant::lint),
    ("W0103", duplicate::lint),
    ("W0105", yearly_date::lint),
];

/// Runs every lint on a rule.
pub(super) fn run(cond: &Cond, expr: &Expr, checker: &mut Checker<'_>) {
    for (code, lint) in LINTS {
        let before = checker.found.len();
        lint(cond, expr, checker);
        // What stands in a value that is compared twice (`between`) was seen twice.
        for found in checker.found.split_off(before) {
            let mut known = checker.found.iter().skip(before);
            if !known.any(|known| known.span.is_at(found.span) && *known == found) {
                checker.found.push(found);
            }
        }
        // INVARIANT: a lint has one code.
        debug_assert!(
            checker
                .found
                .iter()
                .skip(before)
                .all(|found| found.code == *code)
        );
    }
}
