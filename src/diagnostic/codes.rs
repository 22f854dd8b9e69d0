//! The table of codes. A code never changes its meaning and is never given to something else.

use super::Severity;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;

/// The stable code of a diagnostic: `E…` for errors, `W…` for warnings. `docs/diagnostics.md` explains each.
///
/// It displays as it is written there, and compares with strings.
///
/// # Examples
///
/// ```
/// let errors = segue::syntax::parse("age == 50").unwrap_err();
/// assert_eq!(errors[0].code, "E0010");
/// assert_eq!(errors[0].code.title(), "a word or sign from another language");
/// ```
#[derive(Clone, Copy)]
pub struct Code(&'static Row);

struct Row {
    code: &'static str,
    severity: Severity,
    title: &'static str,
}

const fn error(code: &'static str, title: &'static str) -> Row {
    Row {
        code,
        severity: Severity::Error,
        title,
    }
}

const fn warning(code: &'static str, title: &'static str) -> Row {
    Row {
        code,
        severity: Severity::Warning,
        title,
    }
}

/// What stands for a code that the table lacks: a fault of segue.
static FAULT: Row = error("E0099", "an internal error of segue");

/// In the order of their codes. The titles are the headings of `docs/diagnostics.md`.
static TABLE: &[Row] = &[
    error("E0001", "an unexpected word or sign"),
    error("E0002", "the expression is empty"),
    error("E0003", "the expression is too long"),
    error("E0004", "the expression is nested too deeply"),
    error("E0005", "a list has too many items"),
    error("E0006", "a string has no closing quote"),
    error("E0007", "a quoted name has no closing backtick"),
    error("E0008", "unclosed `(`"),
    error("E0009", "unmatched `)`"),
    error("E0010", "a word or sign from another language"),
    error("E0011", "wrong quotes"),
    error("E0012", "a keyword in capital letters"),
    error("E0013", "a wrong word after `is`"),
    error("E0014", "something is missing beside a word or sign"),
    error(
        "E0015",
        "a number without a unit, or a unit without a number",
    ),
    error("E0016", "an unknown unit"),
    error("E0017", "a number after its unit"),
    error("E0018", "`between` has no second end"),
    error("E0019", "a number is too large"),
    error("E0020", "not a date, or not an instant"),
    error("E0021", "a space before the percent sign"),
    error("E0022", "empty parentheses"),
    error("E0023", "a wrong escape in a string"),
    error("E0024", "a character that looks like another"),
    error("E0025", "a part that cannot follow the one before it"),
    error("E0026", "units that do not go together"),
    error("E0027", "a function takes one argument"),
    error("E0028", "`ignoring case` where it has no meaning"),
    error("E0029", "two gaps between two steps"),
    error("E0030", "not a number, not a name"),
    error("E0031", "a count or a duration that is incomplete"),
    error("E0032", "a list needs parentheses"),
    error("E0033", "a tree that no text says"),
    error("E0099", "an internal error of segue"),
    error("E0101", "an unknown name"),
    error("E0102", "not an event kind"),
    error("E0103", "an unknown property"),
    error("E0104", "not a value of the enum"),
    error("E0105", "types that do not match"),
    error("E0106", "a value is not a condition"),
    error("E0107", "a condition is not a value"),
    error("E0108", "events are not a value"),
    error("E0109", "values without an order"),
    error("E0110", "these events have no subject"),
    error("E0111", "a property outside the parentheses of its event"),
    error("E0112", "a property is needed"),
    error("E0113", "a window on something that has no time"),
    error("E0114", "not a point in time"),
    error("E0115", "a duration that cannot stand here"),
    error("E0116", "the history is not kept"),
    error("E0117", "an unknown segment"),
    error("E0118", "not a percentage between 0% and 100%"),
    error("E0119", "an unusable regular expression"),
    error("E0120", "an incomplete or too long sequence"),
    error("E0121", "a name that an event cannot have"),
    error(
        "E0122",
        "a function that does not exist, or does not apply here",
    ),
    error("E0123", "a change that cannot be predicted"),
    error("E0124", "a list is not a single value"),
    error("E0127", "periods that cannot be counted"),
    error("E0128", "not a place, not a distance"),
    error("E0129", "not a tag path"),
    error("E0130", "not a relation"),
    error("E0131", "rows have no instant"),
    error("E0132", "rows are not a value"),
    error("E0140", "a stage of an unknown lifecycle"),
    error("E0141", "a subject too few or too many for a stage"),
    error("E0142", "a journey or a step that there is not"),
    error("E0143", "a value for a journey that has one run"),
    error("E0201", "not a rule file"),
    error("E0202", "not a time zone, not a weekday"),
    error("E0203", "a segment is a condition or a list"),
    error("E0204", "a duplicate name"),
    error("E0205", "a cycle of definitions"),
    error("E0206", "the cases of a trait are invalid"),
    error("E0207", "a value that cannot be ranked"),
    error("E0208", "classes and cut points that do not match"),
    error(
        "E0209",
        "a rule that is too large with everything that it refers to",
    ),
    error("E0210", "a comment that swallows the next line"),
    error("E0220", "stages that do not form a lifecycle"),
    error("E0221", "an invalid `from` of a stage"),
    error("E0222", "an invalid `per` of a lifecycle"),
    error("E0223", "a stage that cannot be reached"),
    error("E0224", "a template that cannot be filled in"),
    error("E0230", "a file that cannot be included"),
    error("E0231", "files that include each other in a circle"),
    error("E0232", "a name in two files"),
    error("E0233", "one thing that two files declare in two ways"),
    error("E0234", "a key that an included file cannot have"),
    error("E0235", "a pack that is not included"),
    error("E0236", "a name that a pack does not have"),
    error("E0237", "another name that cannot be given"),
    error("E0301", "not something a trigger can wait for"),
    error("E0302", "a move that no lifecycle has"),
    error("E0303", "a stage without its lifecycle"),
    error("E0304", "a trigger that waits for no event"),
    error("E0305", "a trigger that waits for no date"),
    error("E0306", "not a duration"),
    error("E0307", "a word that cannot stand here"),
    error("E0308", "an undeclared name"),
    error("E0309", "not a part of the day"),
    error("E0310", "a channel that is never open"),
    error("E0311", "shares that do not add up"),
    error("E0312", "a cap without a period"),
    error("E0313", "messages that replace one another in a cycle"),
    error("E0314", "an invalid `held` of a message"),
    error("E0315", "not one action"),
    error("E0316", "a value that the attribute cannot have"),
    error("E0317", "an invalid `per` of a cap or an action"),
    error("E0318", "a trigger that no edit of the rules concerns"),
    error("E0319", "not something to wait for"),
    error("E0320", "variants of a message that leave somebody out"),
    error("E0321", "an offer that leaves somebody out"),
    error("E0322", "a campaign without days"),
    error("E0323", "an invalid choice between channels"),
    error("E0324", "a message that its channel is not for"),
    error("E0330", "an invalid step of a journey"),
    error("E0331", "a circle of steps without a wait"),
    error("E0332", "a step from which no journey ends"),
    error("E0333", "a journey and a trigger of one name"),
    error("E0334", "an `enrol` without a segment"),
    error("E0340", "an invalid identifier of persons"),
    error("E0341", "a way of merging that the attribute does not have"),
    error("E0350", "not the events of a touchpoint"),
    error("E0351", "an invalid KPI"),
    error("E0360", "not the events of a report"),
    error("E0361", "an invalid report"),
    error("E0362", "an invalid board"),
    error("E0370", "a persona that nobody can be"),
    error("E0380", "an invalid ledger"),
    warning("W0001", "a character that turns the direction of the text"),
    warning("W0002", "a name in two scripts"),
    warning("W0003", "a character without width"),
    warning("W0004", "a text of decomposed letters"),
    warning("W0101", "a negation that also holds for missing values"),
    warning("W0102", "a condition that is always true or always false"),
    warning("W0103", "a repeated part"),
    warning("W0104", "a score without cut points"),
    warning("W0105", "a yearly date without its anniversaries"),
    warning("W0106", "a name that nothing sent has"),
    warning("W0110", "a stage that is never entered"),
    warning("W0111", "two stages that alternate"),
    warning("W0112", "a trait that sees every subject"),
    warning("W0120", "a name that no rule reads"),
    warning("W0301", "a trigger that does nothing"),
    warning("W0302", "a plain text that names a property"),
    warning("W0303", "a variant or an offer that nobody gets"),
    warning("W0304", "a channel that opens at midnight"),
    warning("W0330", "a step that is never reached"),
    warning("W0331", "a step that does nothing"),
    warning("W0332", "a wait that may never end"),
    warning("W0333", "a control group whose goal is not measured"),
    warning("W0340", "data that were not given for communication"),
];

impl Code {
    /// The code that is written so, if there is one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let at = TABLE.binary_search_by(|row| row.code.cmp(text)).ok()?;
        TABLE.get(at).map(Code)
    }

    /// Every code, in order.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(Code)
    }

    pub(super) fn known(text: &str) -> Self {
        let code = Code::parse(text);
        // INVARIANT: `tests/docs.rs` finds every code of the sources in the table.
        debug_assert!(code.is_some(), "{text} is not in the table of codes");
        code.unwrap_or(Code(&FAULT))
    }

    /// The code as it is written, such as `E0105`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.0.code
    }

    /// Whether it forbids use.
    #[must_use]
    pub fn severity(self) -> Severity {
        self.0.severity
    }

    /// What it means, in a few words.
    #[must_use]
    pub fn title(self) -> &'static str {
        self.0.title
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl PartialEq for Code {
    fn eq(&self, other: &Code) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Code {}

impl PartialEq<str> for Code {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for Code {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl PartialOrd for Code {
    fn partial_cmp(&self, other: &Code) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Code {
    fn cmp(&self, other: &Code) -> std::cmp::Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl std::hash::Hash for Code {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl AsRef<str> for Code {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = String::deserialize(d)?;
        Code::parse(&text)
            .ok_or_else(|| de::Error::custom(format!("there is no diagnostic code `{text}`")))
    }
}

#[cfg(test)]
mod tests {
    use super::{Code, TABLE};

    #[test]
    fn the_table_is_in_order_and_its_letters_tell_the_severity() {
        assert!(TABLE.is_sorted_by(|a, b| a.code < b.code));
        assert!(
            Code::all().all(|code| code.as_str().starts_with('E')
                == (code.severity() == super::Severity::Error))
        );
    }

    #[test]
    fn a_code_is_found_by_what_is_written() {
        assert_eq!(Code::parse("E0105").map(Code::as_str), Some("E0105"));
        assert_eq!(Code::parse("E9999"), None);
    }
}
