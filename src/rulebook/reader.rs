//! Reads the values of a document that are texts of their own: conditions, lengths of time, shares, words; and keeps what is
//! wrong with them, with the place.

use super::finding::Findings;
use crate::check::wait::wait;
use crate::check::{
    CheckError, Context, EntryNames, NameMeaning, NameUse, normal, suggest, suggest_whole,
};
use crate::diagnostic::Diagnostic;
use crate::ir::{CalendarSpan, Lit, Ty};
use crate::rule::sending::Share;
use crate::rule::wait::Wait;
use crate::rule::{Rule, ValueRule};
use crate::schema::Schema;
use crate::span::Span;
use crate::syntax::{self, parse_length, parse_wait};
use crate::time::{Date, Duration, Instant};
use crate::value::{Decimal, MAX_SCALE, Scalar};

/// A text of the document, or a part of one, and the keys that it stands under.
#[derive(Clone, Copy)]
pub(super) struct KeyedText<'a> {
    pub(super) path: &'a [&'a str],
    pub(super) text: &'a str,
    /// The whole text, of which `text` is a part.
    whole: &'a str,
    /// Where the part begins.
    start: usize,
}

impl<'a> KeyedText<'a> {
    pub(super) fn new(path: &'a [&'a str], text: &'a str) -> Self {
        KeyedText {
            path,
            text,
            whole: text,
            start: 0,
        }
    }

    /// What stands behind a word that the text begins with.
    pub(super) fn after(self, prefix: &str) -> Option<Self> {
        let text = self.text.trim_start().strip_prefix(prefix)?;
        let start = self.start + self.text.len() - text.len();
        Some(KeyedText {
            text,
            start,
            ..self
        })
    }

    /// What stands before words that the text ends with.
    pub(super) fn before(self, suffix: &str) -> Option<Self> {
        let text = self.text.trim_end().strip_suffix(suffix)?;
        Some(KeyedText { text, ..self })
    }

    pub(super) fn span(self) -> Span {
        Span::new(self.start, self.start + self.text.len())
    }

    /// An error about the whole text.
    pub(super) fn error(self, code: &str, message: impl Into<String>) -> Diagnostic {
        Diagnostic::error(code, self.span(), message)
    }
}

pub(super) struct Reader<'a> {
    pub(super) context: &'a Context,
    pub(super) findings: &'a mut Findings,
}

impl Reader<'_> {
    pub(super) fn note(&mut self, at: KeyedText<'_>, diagnostic: Diagnostic) {
        self.findings.about_text(at.path, at.whole, diagnostic);
    }

    /// Notes what keeps a value from being read.
    pub(super) fn report<T>(&mut self, at: KeyedText<'_>, diagnostic: Diagnostic) -> Option<T> {
        self.note(at, diagnostic);
        None
    }

    /// A finding that is about a table, not about a text.
    pub(super) fn complain<T>(
        &mut self,
        path: &[&str],
        code: &str,
        message: impl Into<String>,
        help: &str,
    ) -> Option<T> {
        let diagnostic = Diagnostic::error(code, Span::default(), message);
        self.report(
            KeyedText::new(path, ""),
            if help.is_empty() {
                diagnostic
            } else {
                diagnostic.help(help)
            },
        )
    }

    pub(super) fn condition(&mut self, at: KeyedText<'_>) -> Option<Rule> {
        self.condition_for(at, None)
    }

    /// A condition that may read a trigger's entry.
    pub(super) fn condition_for(
        &mut self,
        at: KeyedText<'_>,
        entry: Option<&EntryNames>,
    ) -> Option<Rule> {
        let checked = Rule::check_for(at.text, self.context, entry);
        self.checked(at, checked, Rule::warnings)
    }

    /// What a step of a journey waits for.
    pub(super) fn awaited(&mut self, at: KeyedText<'_>, entry: &EntryNames) -> Option<Rule> {
        let checked = Rule::check_awaited(at.text, self.context, entry);
        self.checked(at, checked, Rule::warnings)
    }

    /// A value that may read a trigger's entry.
    pub(super) fn value_for(
        &mut self,
        at: KeyedText<'_>,
        entry: Option<&EntryNames>,
    ) -> Option<ValueRule> {
        let checked = ValueRule::check_for(at.text, self.context, entry);
        self.checked(at, checked, ValueRule::warnings)
    }

    /// An expression that has been checked; its findings are noted.
    fn checked<T>(
        &mut self,
        at: KeyedText<'_>,
        checked: Result<T, CheckError>,
        warnings: fn(&T) -> &[Diagnostic],
    ) -> Option<T> {
        self.context.place_names(at.path, at.text);
        self.findings.joined_comments(at.path, at.whole);
        let mut note = |found: &[Diagnostic]| {
            found.iter().for_each(|found| self.note(at, found.clone()));
        };
        match checked {
            Ok(checked) => {
                note(warnings(&checked));
                Some(checked)
            }
            Err(error) => {
                note(error.diagnostics());
                None
            }
        }
    }

    /// `30 days`, `2 months`; more than nothing.
    pub(super) fn length(&mut self, at: KeyedText<'_>) -> Option<CalendarSpan> {
        let Some(written) = parse_length(at.text) else {
            let diagnostic = at.error("E0306", format!("`{}` is not a duration", at.text));
            return self.report(
                at,
                diagnostic.help("write `7 days`, `12 hours` or `2 months`"),
            );
        };
        match normal(written) {
            Some(length) if length.parts() != (0, 0) => Some(length),
            Some(_) => {
                let diagnostic = at.error("E0306", "a duration of nothing has no effect");
                self.report(at, diagnostic.help("leave the key out"))
            }
            None => self.report(
                at,
                at.error("E0115", "this duration is too long")
                    .help("durations reach up to 9,999 years"),
            ),
        }
    }

    /// `2 days at 10:00`, `until friday at 09:00`
    pub(super) fn wait(&mut self, at: KeyedText<'_>) -> Option<Wait> {
        let mut found = syntax::suspicious(at.text);
        let wait = match parse_wait(at.text) {
            Ok(read) => wait(&read, at.text, self.context, &mut found),
            Err(errors) => {
                found.extend(errors);
                None
            }
        };
        self.context.place_names(at.path, at.text);
        let wrong = found.iter().any(Diagnostic::is_error);
        found.into_iter().for_each(|found| self.note(at, found));
        wait.filter(|_| !wrong)
    }

    /// One of a closed set of words.
    pub(super) fn word<T: Copy>(&mut self, at: KeyedText<'_>, choices: &[(&str, T)]) -> Option<T> {
        match word(at, choices) {
            Ok(choice) => Some(choice),
            Err(diagnostic) => self.report(at, *diagnostic),
        }
    }

    /// A name among those declared.
    pub(super) fn unknown<T>(
        &mut self,
        at: KeyedText<'_>,
        what: &str,
        known: &[&str],
    ) -> Option<T> {
        let diagnostic = at.error("E0308", format!("there is no {what} `{}`", at.text));
        let diagnostic = match known {
            [] => diagnostic.help(format!("declare it under `{what}s`")),
            _ => plain_fix(suggest_whole(diagnostic, at.span(), at.text, known)),
        };
        self.report(at, diagnostic)
    }

    /// A path such as `interest/winback`.
    pub(super) fn path_of_tag(&mut self, at: KeyedText<'_>) -> Option<()> {
        if !at.text.is_empty() && !at.text.split('/').any(str::is_empty) {
            return Some(());
        }
        let diagnostic = at.error("E0129", format!("`{}` is not a tag path", at.text));
        self.report(
            at,
            diagnostic
                .help("write the parts with single slashes between them: \"interest/skincare\""),
        )
    }

    /// Notes a name of the schema that stands by itself, to those who want to know of it.
    pub(super) fn plain_name(&self, at: KeyedText<'_>, meaning: impl FnOnce() -> NameMeaning) {
        if let Some(names) = &self.context.names {
            names.note(NameUse {
                text: at.text.to_owned(),
                start: 0,
                skip: 0,
                plain: true,
                meaning: meaning(),
            });
            names.place(at.path, at.text);
        }
    }

    pub(super) fn attribute(&mut self, at: KeyedText<'_>) -> Option<usize> {
        let schema: &Schema = self.context.schema();
        if let Some(position) = schema.attribute_index(at.text) {
            self.plain_name(at, || NameMeaning::Attribute(at.text.to_owned()));
            return Some(position);
        }
        let known: Vec<&str> = schema
            .attributes()
            .iter()
            .map(|a| a.name.as_str())
            .collect();
        let diagnostic = at.error("E0101", format!("there is no attribute `{}`", at.text));
        self.report(
            at,
            plain_fix(suggest(diagnostic, at.span(), at.text, &known)),
        )
    }

    /// A share in percent. With `sign` it needs its `%`.
    pub(super) fn share(&mut self, at: KeyedText<'_>, sign: bool) -> Option<Share> {
        let number = at.text.trim().strip_suffix('%');
        let number = if sign {
            number
        } else {
            Some(number.unwrap_or(at.text))
        };
        let share = number.and_then(|number| number.trim().parse::<Decimal>().ok());
        let Some(share) = share else {
            let diagnostic = at.error("E0311", format!("`{}` is not a percentage", at.text));
            return self.report(at, diagnostic.help("write `10%`"));
        };
        // Of a hundred with four digits behind the point: millionths of the whole.
        let millionths = share
            .rescale(4)
            .and_then(|share| u32::try_from(share.mantissa()).ok());
        match millionths.filter(|share| (1..=Share::WHOLE.0).contains(share)) {
            Some(share) => Some(Share(share)),
            None => {
                let diagnostic = at.error(
                    "E0311",
                    "a share lies above 0% and at or below 100%, in steps of 0.0001%",
                );
                self.report(at, diagnostic.help("write `10%`, `0.5%`"))
            }
        }
    }
}

/// One of a closed set of words, or what is wrong.
pub(super) fn word<T: Copy>(
    at: KeyedText<'_>,
    choices: &[(&str, T)],
) -> Result<T, Box<Diagnostic>> {
    if let Some((_, choice)) = choices.iter().find(|(word, _)| *word == at.text) {
        return Ok(*choice);
    }
    let known: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
    // A word of a list is called by the key of the list.
    let is_place = |key: &str| key.bytes().all(|b| b.is_ascii_digit());
    let mut keys = at.path.iter().rev().copied();
    let key = keys.find(|key| !is_place(key)).unwrap_or_default();
    let diagnostic = at.error("E0307", format!("`{}` is not a value of `{key}`", at.text));
    Err(Box::new(suggest_whole(
        diagnostic,
        at.span(),
        at.text,
        &known,
    )))
}

/// A fix that is written as the name itself: in a document names need no backticks.
fn plain_fix(mut diagnostic: Diagnostic) -> Diagnostic {
    if let Some(fix) = &mut diagnostic.fix
        && let Some(inner) = fix
            .replacement
            .strip_prefix('`')
            .and_then(|name| name.strip_suffix('`'))
    {
        fix.replacement = inner.replace("``", "`");
    }
    diagnostic
}

/// A plain value as it is written.
pub(super) fn text_of(value: &Scalar) -> String {
    match value {
        Scalar::Bool(value) => value.to_string(),
        Scalar::Whole(value) => value.to_string(),
        Scalar::Unsigned(value) => value.to_string(),
        Scalar::Real(value) => value.to_string(),
        Scalar::Text(value) => value.clone(),
    }
}

/// A number in units of its last digit. Whole numbers have all values of an `int`.
fn exact(text: &str, scale: u8) -> Option<i128> {
    let ints = i128::from(i64::MIN)..=i128::from(u64::MAX);
    if scale == 0
        && let Ok(whole) = text.parse::<i128>()
    {
        return ints.contains(&whole).then_some(whole);
    }
    let decimal = text.parse::<Decimal>().ok()?.rescale(scale)?;
    Some(i128::from(decimal.mantissa()))
}

/// A plain value in the shape of a type.
pub(crate) fn lit(value: &Scalar, ty: &Ty) -> Option<Lit> {
    let text = text_of(value);
    let numeric = !matches!(value, Scalar::Bool(_));
    Some(match ty {
        Ty::Bool => match value {
            Scalar::Bool(value) => Lit::Whole(i128::from(*value)),
            _ => return None,
        },
        Ty::Exact(scale) if numeric && *scale <= MAX_SCALE => Lit::Whole(exact(&text, *scale)?),
        Ty::Float if numeric => Lit::Real(text.parse().ok().filter(|real: &f64| real.is_finite())?),
        Ty::Date => Lit::Whole(i128::from(text.parse::<Date>().ok()?.days())),
        Ty::Instant => Lit::Whole(i128::from(text.parse::<Instant>().ok()?.micros())),
        Ty::Duration => Lit::Whole(i128::from(text.parse::<Duration>().ok()?.micros())),
        Ty::Enum(names) => Lit::Whole(i128::try_from(names.index_of(&text)?).ok()?),
        Ty::String => match value {
            Scalar::Text(text) => Lit::Text(text.as_str().into()),
            _ => return None,
        },
        _ => return None,
    })
}

/// A name in backticks where an expression would need them.
pub(super) fn quoted(name: &str) -> String {
    syntax::quoted_name(name)
}
