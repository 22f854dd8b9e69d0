//! The walk over everything in a form.

use super::definition::DefinitionForm;
use super::{BoundForm, ConditionForm, EventsForm, FieldForm, Origin, RowsForm, ValueForm};
use crate::ir::children::{Definition, Seen};
use crate::ir::form::TermKind;

/// Something in a form.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum FormPart<'a> {
    /// A condition.
    Condition(ConditionForm<'a>),
    /// A value.
    Value(ValueForm<'a>),
    /// A field that is read.
    Field(FieldForm<'a>),
    /// Events.
    Events(EventsForm<'a>),
    /// Rows.
    Rows(RowsForm<'a>),
    /// One end of a window.
    Bound(BoundForm<'a>),
    /// A definition that is referred to.
    Definition(DefinitionForm<'a>),
}

impl<'a> ConditionForm<'a> {
    /// Visits it and everything in it, each part before what stands in it. `visit` says whether to go on into a part; for
    /// [`FormPart::Definition`], whether to follow the reference. A definition is visited wherever it is referred to.
    pub fn walk(self, visit: &mut dyn FnMut(FormPart<'a>) -> bool) {
        self.origin.walk(Seen::Cond(self.cond), visit);
    }
}

impl<'a> ValueForm<'a> {
    /// Visits it and everything in it, as [`ConditionForm::walk`] does.
    pub fn walk(self, visit: &mut dyn FnMut(FormPart<'a>) -> bool) {
        self.origin.walk(Seen::Term(self.term), visit);
    }
}

impl<'a> Origin<'a> {
    fn walk(self, seen: Seen<'a>, visit: &mut dyn FnMut(FormPart<'a>) -> bool) {
        if !visit(self.part(seen)) {
            return;
        }
        // Each case and each stage has a text of its own.
        if let Seen::Term(term) = seen
            && let TermKind::Cases { cases, .. } = &term.kind
        {
            for case in cases {
                self.of_text(&case.text).walk(Seen::Cond(&case.cond), visit);
            }
        } else if let Seen::Definition(Definition::Lifecycle(lifecycle)) = seen {
            for stage in &lifecycle.stages {
                self.of_text(&stage.text)
                    .walk(Seen::Cond(&stage.cond), visit);
            }
        } else if let Seen::Definition(Definition::Ledger(ledger)) = seen {
            for posting in ledger.postings() {
                self.of_text(&posting.text)
                    .walk(Seen::Select(&posting.select), visit);
                self.of_text(&posting.points_text)
                    .walk(Seen::Term(&posting.points), visit);
            }
        } else {
            let inner = self.inside(seen);
            seen.children(&mut |child| inner.walk(child, visit));
        }
    }

    /// Where the spans of what stands in a part point to.
    fn inside(self, seen: Seen<'a>) -> Self {
        let Seen::Definition(definition) = seen else {
            return self;
        };
        match definition {
            Definition::Segment(segment) => self.of_text(&segment.text),
            Definition::Trait(named) => self.of_text(&named.text),
            Definition::Score(score) => self.of_text(&score.text),
            Definition::Lifecycle(_) | Definition::Ledger(_) => self,
        }
    }

    fn part(self, seen: Seen<'a>) -> FormPart<'a> {
        match seen {
            Seen::Cond(cond) => FormPart::Condition(self.condition(cond)),
            Seen::Term(term) => FormPart::Value(self.value(term)),
            Seen::Field(field) => FormPart::Field(self.field(field)),
            Seen::Select(select) => FormPart::Events(self.events(select)),
            Seen::Rows(rows) => FormPart::Rows(self.rows(rows)),
            Seen::Bound(bound) => FormPart::Bound(self.bound(bound)),
            Seen::Definition(definition) => FormPart::Definition(self.definition(definition)),
        }
    }
}

#[cfg(all(test, feature = "toml"))]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::ir::{ConditionKind, Constant, ValueKind};
    use crate::{Rule, Rulebook};

    fn rulebook() -> Rulebook {
        Rulebook::from_toml(
            r#"
            schema.attributes.age = "int"
            schema.attributes.home = { type = "enum", values = ["flat", "house"] }
            schema.events.viewed.properties = { category = "string" }
            schema.events.purchased = {}
            [segments]
            young = "age < 30"
            [lifecycles.interest]
            stages = [{ name = "seen", when = "viewed" }, { name = "bought", when = 'purchased' }]
            [traits.generation]
            cases = [{ is = "y", when = "in segment young" }, { is = "x", when = "age < 70" }]
            "#,
        )
        .unwrap()
    }

    fn texts(text: &str) -> Vec<String> {
        let rule = Rule::check_in(text, rulebook().context()).unwrap();
        let mut texts = Vec::new();
        rule.form().walk(&mut |part| {
            texts.push(match part {
                FormPart::Condition(condition) => condition.text().to_owned(),
                FormPart::Value(value) => format!("value {}", value.text()),
                FormPart::Field(FieldForm::Attribute { name }) => format!("attribute {name}"),
                FormPart::Field(field) => format!("{field:?}"),
                FormPart::Events(events) => {
                    format!(
                        "{} {}",
                        events.kinds().collect::<Vec<_>>().join(" "),
                        events.window()
                    )
                }
                FormPart::Rows(rows) => rows.relation().to_owned(),
                FormPart::Bound(bound) => format!("bound {bound}"),
                FormPart::Definition(definition) => format!("{definition:?}"),
            });
            true
        });
        texts
    }

    #[test]
    fn what_stands_in_a_definition_is_quoted_from_its_own_text() {
        let segment = [
            "Segment(SegmentForm(\"young\"))",
            "age < 30",
            "value age",
            "attribute age",
            "value 30",
        ];
        let mut expected = vec!["in segment young"];
        expected.extend(segment);
        assert_eq!(texts("in segment young"), expected);
        let mut expected = vec![
            "generation = y",
            "value generation",
            "Trait(TraitForm(\"generation\"))",
            "value ",
        ];
        expected.push("in segment young");
        expected.extend(segment);
        expected.extend([
            "age < 70",
            "value age",
            "attribute age",
            "value 70",
            "value y",
        ]);
        assert_eq!(texts("generation = y"), expected);
        let stages = texts("ever in stage bought of interest");
        assert_eq!(
            stages,
            [
                "ever in stage bought of interest",
                "Lifecycle(LifecycleForm(\"interest\"))",
                "viewed",
                "viewed always",
                "purchased",
                "purchased always"
            ]
        );
    }

    #[test]
    fn a_walk_goes_no_further_than_it_is_told() {
        let rule = Rule::check_in("in segment young", rulebook().context()).unwrap();
        let mut n = 0;
        rule.form().walk(&mut |part| {
            n += 1;
            !matches!(part, FormPart::Definition(_))
        });
        assert_eq!(n, 2);
    }

    #[test]
    fn constants_are_what_the_author_wrote() {
        let constant = |text: &str| {
            let rule = Rule::check_in(text, rulebook().context()).unwrap();
            let ConditionKind::Compare { right, .. } = rule.form().kind() else {
                panic!("{text}");
            };
            let ValueKind::Constant(constant) = right.kind() else {
                panic!("{text}");
            };
            constant
        };
        let number = |mantissa, scale| Constant::Number { mantissa, scale };
        assert_eq!(constant("age > 50"), number(50, 0));
        assert_eq!(constant("home = house"), Constant::Name("house".to_owned()));
        let weekday = Constant::Name("monday".to_owned());
        assert_eq!(constant("now.weekday = monday"), weekday);
        let rule = Rule::check_in("in sample(12.50%, \"spring\")", rulebook().context()).unwrap();
        let ConditionKind::InSample { percent, salt } = rule.form().kind() else {
            panic!();
        };
        assert_eq!((percent.to_string().as_str(), salt), ("12.5", "spring"));
    }

    #[test]
    fn windows_read_as_bounds() {
        let window = |text: &str| {
            let rule = Rule::check_in(text, rulebook().context()).unwrap();
            let ConditionKind::Happened(events) = rule.form().kind() else {
                panic!("{text}");
            };
            events.window().to_string()
        };
        assert_eq!(window("viewed"), "always");
        assert_eq!(window("viewed within 30 days"), "from now - 30 days");
        assert_eq!(window("viewed before 1 month ago"), "before now - 1 month");
        assert_eq!(
            window("viewed during last month"),
            "from the start of the month of now - 1 month before the start of the month of now"
        );
    }
}
