//! Scores: fitting cut points over a population, and reading them back.
//!
//! With q classes over the n profiles that have a value, cut k (1 to q − 1) is the value at rank ⌈k·n/q⌉ in ascending
//! order (the nearest-rank quantile, definition 1 of Hyndman and Fan 1996); a profile's score is 1 plus the number of cuts
//! strictly below its value, so equal values score alike.

use super::document::{Cut, EarlierCuts, RulebookDocument, ScoreDocument};
use super::{LoadError, Loader, Rulebook};
use crate::diagnostic::Diagnostic;
use crate::eval::Values;
use crate::ir::{Cond, Lit, Term, TermKind, Ty};
use crate::profile::{Model, Profile, Val};
use crate::span::Span;
use crate::time::{Date, Duration, Instant, NEVER, Zone};
use crate::value::{Decimal, decimal_text};
use std::collections::BTreeMap;

/// Why scores cannot be fitted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FitError {
    /// The profile type does not have what a score reads.
    #[error(transparent)]
    Bind(#[from] crate::eval::BindError),
    /// No profile has a value.
    #[error("score `{0}` cannot be fitted: no profile of the population has a value for it")]
    NoValues(String),
    /// A value is too great to be written down.
    #[error("score `{0}` cannot be fitted: a cut point has more than 18 digits")]
    TooGreat(String),
    /// The fitted rulebook does not load.
    #[error(transparent)]
    Load(#[from] LoadError),
}

/// A value that only those who meet a condition have.
pub(super) fn only_where(cond: Cond, value: Term) -> Term {
    let (ty, span) = (value.ty.clone(), value.span);
    Term::new(
        TermKind::OnlyIf {
            cond: Box::new(cond),
            of: Box::new(value),
        },
        ty,
        span,
    )
}

/// The cut points of a document in the shape of the score's value, and the instants before which they hold.
pub(super) fn eras(
    document: &ScoreDocument,
    value: &Term,
    zone: Zone,
) -> Result<Vec<(i64, Vec<Lit>)>, Box<Diagnostic>> {
    if !(2..=1000).contains(&document.classes) {
        return misfit(
            format!("a score has 2 to 1000 classes, not {}", document.classes),
            "write `classes = 5` for quintiles",
        );
    }
    let mut eras = Vec::with_capacity(document.earlier.len() + 1);
    let mut last = Instant::MIN;
    for EarlierCuts {
        until,
        cuts: earlier,
    } in &document.earlier
    {
        let Ok(until) = zone.parse_instant(until) else {
            return misfit(
                format!("`{until}` is not an instant up to which cut points held"),
                "write it as `2026-01-31T00:00:00Z`",
            );
        };
        if until <= last {
            return misfit(
                format!(
                    "the earlier cut points are not in the order of time: `{until}` comes after `{last}`"
                ),
                "the first to hold stand first, each with the instant at which the next ones began to hold",
            );
        }
        last = until;
        eras.push((until.micros(), cuts(earlier, document.classes, value)?));
    }
    match &document.cuts {
        Some(present) => eras.push((NEVER, cuts(present, document.classes, value)?)),
        None if eras.is_empty() => {}
        None => {
            return misfit(
                "there are earlier cut points, but none that hold now".to_owned(),
                "fit the score again, or leave `earlier` out",
            );
        }
    }
    Ok(eras)
}

fn misfit<T>(message: String, help: &str) -> Result<T, Box<Diagnostic>> {
    Err(Box::new(
        Diagnostic::error("E0208", Span::default(), message).help(help),
    ))
}

fn cuts(cuts: &[Cut], classes: u16, value: &Term) -> Result<Vec<Lit>, Box<Diagnostic>> {
    if cuts.len() + 1 != usize::from(classes) {
        let message = format!(
            "{classes} classes need {} cut points, and here are {}",
            classes - 1,
            cuts.len()
        );
        return misfit(message, "fit the score again");
    }
    let mut lits = Vec::with_capacity(cuts.len());
    for cut in cuts {
        match lit(cut, &value.ty) {
            Some(lit) => lits.push(lit),
            None => {
                let message = format!("the cut point `{}` is not {}", text(cut), value.ty.words());
                return misfit(message, "fit the score again");
            }
        }
    }
    let ascending = lits.windows(2).all(|pair| match pair {
        [a, b] => order(a, b).is_le(),
        _ => true,
    });
    if ascending {
        Ok(lits)
    } else {
        misfit(
            "the cut points are not in ascending order".to_owned(),
            "fit the score again",
        )
    }
}

fn order(a: &Lit, b: &Lit) -> std::cmp::Ordering {
    val(a).natural_cmp(&val(b))
}

fn val(lit: &Lit) -> Val<'_> {
    match lit {
        Lit::Whole(v) => Val::Whole(*v),
        Lit::Real(v) => Val::Real(*v),
        Lit::Text(v) => Val::Text(v),
    }
}

fn text(cut: &Cut) -> String {
    match cut {
        Cut::Whole(v) => v.to_string(),
        Cut::Real(v) => v.to_string(),
        Cut::Text(v) => v.clone(),
    }
}

fn lit(cut: &Cut, ty: &Ty) -> Option<Lit> {
    let text = text(cut);
    let exact = |text: &str, scale: u8| {
        Some(i128::from(
            text.parse::<Decimal>().ok()?.rescale(scale)?.mantissa(),
        ))
    };
    Some(match ty {
        Ty::Exact(scale) => Lit::Whole(exact(&text, *scale)?),
        Ty::Named(_) => Lit::Whole(exact(&text, 0)?),
        #[expect(
            clippy::cast_precision_loss,
            reason = "the same division that the value is compared by"
        )]
        Ty::Ratio(scale) => {
            let (sum, count) = text.split_once('/')?;
            Lit::Real(
                exact(sum, *scale)? as f64 / count.parse::<i128>().ok().filter(|n| *n > 0)? as f64,
            )
        }
        Ty::Float => Lit::Real(text.parse().ok()?),
        Ty::Date => Lit::Whole(i128::from(text.parse::<Date>().ok()?.days())),
        Ty::Instant => Lit::Whole(i128::from(text.parse::<Instant>().ok()?.micros())),
        Ty::Duration => Lit::Whole(i128::from(text.parse::<Duration>().ok()?.micros())),
        Ty::Period(_) => Lit::Whole(text.parse().ok()?),
        Ty::Enum(e) => Lit::Whole(i128::try_from(e.index_of(&text)?).ok()?),
        Ty::String | Ty::Version => Lit::Text(text.into()),
        Ty::Bool | Ty::Place => return None,
    })
}

/// The values of the cut points between so many classes, of values in ascending order.
pub(crate) fn quantiles<T>(ascending: &[T], classes: usize) -> impl Iterator<Item = &T> {
    let n = ascending.len();
    let rank = move |k: usize| (k * n).div_ceil(classes);
    (1..classes).filter_map(move |k| ascending.get(rank(k).saturating_sub(1)))
}

/// A value as a cut point.
fn cut(v: &Val<'_>, ty: &Ty) -> Option<Cut> {
    let whole = || v.as_whole();
    let micros = || v.as_i64();
    Some(match ty {
        Ty::Exact(0) | Ty::Named(_) | Ty::Period(_) => Cut::Whole(micros()?),
        Ty::Exact(scale) => Cut::Text(decimal_text(whole()?, *scale)),
        Ty::Ratio(scale) => match v {
            Val::Ratio(n, d) => Cut::Text(format!("{}/{d}", decimal_text(*n, *scale))),
            _ => return None,
        },
        Ty::Float => Cut::Real(v.as_real(1.0)),
        Ty::Date => Cut::Text(Date::from_days(i32::try_from(micros()?).ok()?).to_string()),
        Ty::Instant => Cut::Text(Instant::from_micros(micros()?).to_string()),
        Ty::Duration => Cut::Text(Duration::from_micros(micros()?).to_string()),
        Ty::Enum(e) => Cut::Text(e.values.get(usize::try_from(micros()?).ok()?)?.clone()),
        Ty::String | Ty::Version => Cut::Text(v.text()?.to_owned()),
        Ty::Bool | Ty::Place => return None,
    })
}

/// A value of a score, apart from its profile.
pub(crate) enum Kept {
    Copied(Val<'static>),
    Text(Box<str>),
}

impl Kept {
    /// The value, unless it is missing.
    pub(crate) fn of(val: Val<'_>) -> Option<Self> {
        Some(Kept::Copied(match val {
            Val::Missing => return None,
            Val::Text(text) => return Some(Kept::Text(text.into())),
            Val::Whole(v) => Val::Whole(v),
            Val::Ratio(numerator, denominator) => Val::Ratio(numerator, denominator),
            Val::Real(v) => Val::Real(v),
            Val::Inline(text) => Val::Inline(text),
            Val::Place(place) => Val::Place(place),
        }))
    }

    fn val(&self) -> Val<'_> {
        match self {
            Kept::Copied(val) => *val,
            Kept::Text(text) => Val::Text(text),
        }
    }
}

impl ScoreDocument {
    /// Puts new cut points in the place of the present ones, which are kept as those that held before `now`.
    ///
    /// Present cut points that began to hold at `now` or later have held for no time before it, and are not kept.
    pub fn refit(&mut self, cuts: Vec<Cut>, now: Instant) {
        let Some(before) = self.cuts.replace(cuts) else {
            return;
        };
        let began = self
            .earlier
            .last()
            .and_then(|last| last.until.parse::<Instant>().ok());
        if began.is_none_or(|began| began < now) {
            self.earlier.push(EarlierCuts {
                until: now.to_string(),
                cuts: before,
            });
        }
    }
}

impl Rulebook {
    /// The scores, by name.
    pub fn scores(&self) -> impl Iterator<Item = &str> {
        self.context.scores.keys().map(String::as_str)
    }

    /// What of a profile the values of the scores look at.
    #[must_use]
    pub fn scores_read(&self) -> crate::ir::Reads {
        let mut reads = crate::ir::Reads::default();
        for score in self.context.scores.values() {
            reads.merge(&crate::ir::Reads::of_term(&score.value, self.schema()));
        }
        reads
    }

    /// Fits every score over a population at an instant: the rulebook with the cut points in it.
    ///
    /// ```
    /// use segue::{profile::{Model, Record}, Rulebook};
    /// let rulebook = Rulebook::from_toml(r#"
    ///     [schema.attributes]
    ///     spent = "decimal(2)"
    ///     [scores.value]
    ///     value = "spent"
    ///     classes = 4
    ///     [segments]
    ///     best = "value = 4"
    /// "#)?;
    /// let schema = rulebook.schema();
    /// let population = (1..=8).map(|i| Record::builder(schema, i.to_string()).set("spent", i * 10).build()).collect::<Result<Vec<_>, _>>()?;
    /// let model = Model::for_schema(schema);
    /// let now = "2026-01-01T00:00:00Z".parse()?;
    /// let fitted = rulebook.fit(&model, &population, now)?;
    /// let best = fitted.segment("best").expect("declared").bind(&model)?;
    /// assert_eq!(population.iter().filter(|p| best.holds(p, now)).count(), 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If no profile has a value for some score, or the type does not fit.
    pub fn fit<'p, P: Profile>(
        &self,
        model: &Model<P>,
        population: impl IntoIterator<Item = &'p P> + Clone,
        now: Instant,
    ) -> Result<Rulebook, FitError> {
        self.fitted(self.fit_cuts(model, population, now)?, |score, cuts| {
            score.cuts = Some(cuts)
        })
    }

    /// Fits every score anew, as [`fit`](Self::fit) does, and keeps the cut points so far as those that held before `now`: a
    /// score that is asked of an earlier instant (`recency as of 30 days ago`, `entered segment champions within 7 days`)
    /// goes by those of that instant.
    ///
    /// ```
    /// use segue::{profile::{Model, Record}, Instant, Rule, Rulebook};
    /// let rulebook = Rulebook::from_toml(r#"
    ///     [schema.events.purchased.properties]
    ///     amount = "int"
    ///     [scores.spent]
    ///     value = "sum(purchased.amount)"
    ///     classes = 2
    ///     cuts = [100]
    /// "#)?;
    /// let population = [r#"{"id": "anna", "events": [{"kind": "purchased", "at": "2026-01-02T10:00:00Z", "props": {"amount": 120}}]}"#,
    ///                   r#"{"id": "ben", "events": [{"kind": "purchased", "at": "2026-01-03T10:00:00Z", "props": {"amount": 300}}]}"#]
    ///     .iter().map(|json| Record::from_json(rulebook.schema(), json)).collect::<Result<Vec<_>, _>>()?;
    /// let model = Model::for_schema(rulebook.schema());
    /// let march: Instant = "2026-03-01T00:00:00Z".parse()?;
    /// let fitted = rulebook.refit(&model, &population, march)?;
    /// // Anna was in the upper half while 100 was enough.
    /// let fell = Rule::check_in("spent < spent as of 7 days ago", fitted.context())?.bind(&model)?;
    /// assert!(fell.holds(&population[0], march) && !fell.holds(&population[1], march));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If no profile has a value for some score, or the type does not fit.
    pub fn refit<'p, P: Profile>(
        &self,
        model: &Model<P>,
        population: impl IntoIterator<Item = &'p P> + Clone,
        now: Instant,
    ) -> Result<Rulebook, FitError> {
        self.fitted(self.fit_cuts(model, population, now)?, |score, cuts| {
            score.refit(cuts, now)
        })
    }

    fn fitted(
        &self,
        cuts: BTreeMap<String, Vec<Cut>>,
        put: impl Fn(&mut ScoreDocument, Vec<Cut>),
    ) -> Result<Rulebook, FitError> {
        let mut document: RulebookDocument = self.document.clone();
        for (name, cuts) in cuts {
            if let Some(score) = document.scores.get_mut(&name) {
                put(score, cuts);
            }
        }
        let loader = Loader::default()
            .schema(self.schema().clone())
            .timezone(self.context.calendar.zone);
        Ok(loader.load_document(document)?)
    }

    /// The cut points of every score, fitted over a population at an instant.
    ///
    /// # Errors
    /// If no profile has a value for some score, or the type does not fit.
    pub fn fit_cuts<'p, P: Profile>(
        &self,
        model: &Model<P>,
        population: impl IntoIterator<Item = &'p P> + Clone,
        now: Instant,
    ) -> Result<BTreeMap<String, Vec<Cut>>, FitError> {
        self.cuts_of(model, |reader| {
            let values = population.clone().into_iter();
            let values = values.filter_map(|profile| Kept::of(reader.value(profile, now)));
            values.collect()
        })
    }

    /// The cut points of every score, of the values that a function collects by what reads them.
    pub(crate) fn cuts_of<P: Profile>(
        &self,
        model: &Model<P>,
        collect: impl Fn(&Values<P>) -> Vec<Kept>,
    ) -> Result<BTreeMap<String, Vec<Cut>>, FitError> {
        let mut fitted = BTreeMap::new();
        for (name, score) in &self.context.scores {
            let declared = self.document.scores.get(name);
            let classes = declared.map_or(2, |d| usize::from(d.classes));
            let reader = Values::bind(&score.value, self.schema(), self.context.calendar, model)?;
            let mut values = collect(&reader);
            if values.is_empty() {
                return Err(FitError::NoValues(name.clone()));
            }
            values.sort_unstable_by(|a, b| a.val().natural_cmp(&b.val()));
            let cuts = quantiles(&values, classes).map(|v| cut(&v.val(), &score.value.ty));
            let cuts = cuts.collect::<Option<Vec<_>>>();
            fitted.insert(
                name.clone(),
                cuts.ok_or_else(|| FitError::TooGreat(name.clone()))?,
            );
        }
        Ok(fitted)
    }
}
