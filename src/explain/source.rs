//! What parts of a rule are called: the author's words, and names where there are none.

use crate::ir::{
    Cond, CondKind, FieldRef, Function, LedgerValue, Operand, Select, StageOf, Term, TermKind,
};
use crate::schema::Schema;
use crate::span::Span;
use crate::syntax::{quoted_name, quoted_path};

/// The author's words for a part, on one line and without comments.
pub(super) fn words(span: Span, text: &str) -> String {
    let written = span.of(text);
    let mut out = String::with_capacity(written.len());
    let mut rest = written.chars().peekable();
    let mut quote: Option<char> = None;
    while let Some(c) = rest.next() {
        match (quote, c) {
            (Some('"'), '\\') => {
                out.push(c);
                out.extend(rest.next());
            }
            (Some(q), c) => {
                out.push(c);
                if c == q {
                    quote = None;
                }
            }
            (None, '"' | '`') => {
                out.push(c);
                quote = Some(c);
            }
            (None, '-') if rest.peek() == Some(&'-') => {
                while rest.next_if(|c| *c != '\n').is_some() {}
            }
            (None, c) if c.is_whitespace() => {
                if !out.is_empty() && !out.ends_with(' ') {
                    out.push(' ');
                }
            }
            (None, c) => out.push(c),
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// What a value is called.
pub(super) fn name(term: &Term, text: &str, schema: &Schema) -> String {
    match &term.kind {
        TermKind::Field(
            field @ (FieldRef::Attribute(_) | FieldRef::Property(_) | FieldRef::Row(_)),
        ) => field_name(field, schema),
        TermKind::Trait(named) => quoted_path(&named.name),
        TermKind::Score(score) => quoted_path(&score.name),
        TermKind::Ledger {
            ledger,
            value: LedgerValue::Balance,
        } => quoted_path(&ledger.name),
        TermKind::Stage(of) => stage_words(of),
        TermKind::Id => "id".to_owned(),
        TermKind::At(None) => "at".to_owned(),
        TermKind::Call {
            function: Function::DayStart,
            of,
        } => name(of, text, schema),
        TermKind::Lit(_)
        | TermKind::Field(_)
        | TermKind::At(_)
        | TermKind::Entry(_)
        | TermKind::Now
        | TermKind::Today(_)
        | TermKind::Part { .. }
        | TermKind::Aggregate { .. }
        | TermKind::Total { .. }
        | TermKind::Arithmetic { .. }
        | TermKind::PlusMonths { .. }
        | TermKind::Negate(_)
        | TermKind::Call { .. }
        | TermKind::Cases { .. }
        | TermKind::OnlyIf { .. }
        | TermKind::AsOf { .. }
        | TermKind::Ledger { .. } => match words(term.span, text) {
            words if words.is_empty() => "the value".to_owned(),
            words => words,
        },
    }
}

pub(super) fn field_name(field: &FieldRef, schema: &Schema) -> String {
    match field {
        FieldRef::Property(p) | FieldRef::NamedEventProperty(_, p) | FieldRef::EntryProperty(p) => {
            quoted_path(&p.name)
        }
        FieldRef::Attribute(_) | FieldRef::Row(_) => {
            let declared = field.declared(schema);
            declared.map_or_else(String::new, |field| quoted_path(&field.name))
        }
    }
}

/// The name of a lifecycle's stage, as an expression spells it.
pub(super) fn stage_words(of: &StageOf) -> String {
    let name = quoted_name(&of.lifecycle.name);
    match &of.subject {
        Some(subject) => format!("stage of {name} for {}", super::value::quoted(subject)),
        None => format!("stage of {name}"),
    }
}

/// The kinds of a selection, for one that has no words of its own.
pub(super) fn kinds_name(select: &Select, schema: &Schema) -> String {
    kind_names(select, schema).join(" or ")
}

/// The names of the kinds of a selection.
pub(super) fn kind_names(select: &Select, schema: &Schema) -> Vec<String> {
    let kinds = select.kinds.iter().filter_map(|k| schema.kind_of(*k));
    kinds.map(|kind| kind.name.clone()).collect()
}

/// The words for a condition, or, of one that has none of its own, a description.
pub(super) fn cond_words(cond: &Cond, text: &str, schema: &Schema) -> String {
    if let CondKind::Segment(segment) = &cond.kind {
        if segment.is_tag {
            format!("the rule of tag {}", super::value::quoted(&segment.name))
        } else {
            format!("in segment {}", quoted_name(&segment.name))
        }
    } else if let CondKind::Tagged(Some(path)) = &cond.kind {
        format!("tagged {}", super::value::quoted(path))
    } else {
        match words(cond.span, text) {
            words if words.is_empty() => described(cond, text, schema),
            words => words,
        }
    }
}

fn described(cond: &Cond, text: &str, schema: &Schema) -> String {
    if let CondKind::OneOf { value, set, .. } = &cond.kind {
        format!("{} in a list of {}", name(value, text, schema), set.len())
    } else if let CondKind::Present(Operand::Term(term)) = &cond.kind {
        format!("{} exists", name(term, text, schema))
    } else {
        "this condition".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_line_breaks_are_left_out() {
        let text =
            "age > 50 -- the old\n   and name = \"a  -- b\\\" c\"\n  and `x  y` - -1 > 0 -- end";
        assert_eq!(
            words(Span::new(0, text.len()), text),
            "age > 50 and name = \"a  -- b\\\" c\" and `x  y` - -1 > 0"
        );
    }
}
