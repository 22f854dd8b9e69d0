//! Which names of the data an expression may mean, before there is a schema to tell.

use std::collections::BTreeSet;

/// The names in some texts, dotted ones in every part. It may hold more than is meant, never less.
#[derive(Debug, Default)]
pub(super) struct Mentioned(BTreeSet<String>);

impl Mentioned {
    /// Collects the names of expressions.
    pub(super) fn in_texts<'t>(texts: impl IntoIterator<Item = &'t str>) -> Self {
        let mut names = BTreeSet::new();
        for text in texts {
            collect(text, &mut names);
        }
        Mentioned(names)
    }

    /// Whether an expression may mean a field that inference names so: `age`, `basket.amount`.
    pub(super) fn has(&self, field: &str) -> bool {
        let parts = |name: &str| {
            let leads = |n: &String| n.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
            self.0.range(name.to_owned()..).take_while(|n| n.starts_with(name)).any(leads)
        };
        parts(field) || field.match_indices('.').any(|(dot, _)| field.get(dot + 1..).is_some_and(parts))
    }
}

fn collect(text: &str, names: &mut BTreeSet<String>) {
    let mut chain: Vec<String> = Vec::new();
    let mut dotted = false;
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let mut name = String::new();
        match c {
            '"' | '`' => {
                while let Some(inner) = rest.next() {
                    match inner {
                        '\\' if c == '"' => drop(rest.next()),
                        _ if inner == c && c == '`' && rest.peek() == Some(&'`') => name.extend(rest.next()),
                        _ if inner == c => break,
                        _ => name.push(inner),
                    }
                }
                if c == '"' {
                    name.clear();
                }
            }
            _ if c.is_alphanumeric() || c == '_' => {
                name.push(c);
                // Marks of combining letters are not alphanumeric, and neither are they signs of the language.
                while let Some(more) = rest.next_if(|c| c.is_alphanumeric() || *c == '_' || !(c.is_ascii() || c.is_whitespace())) {
                    name.push(more);
                }
            }
            '.' => {
                dotted = true;
                continue;
            }
            _ if c.is_whitespace() => continue,
            _ => {}
        }
        if !dotted {
            chain.clear();
        }
        dotted = false;
        if name.is_empty() {
            continue;
        }
        chain.push(name);
        for start in chain.len().saturating_sub(8)..chain.len() {
            names.insert(chain.get(start..).unwrap_or_default().join("."));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_wherever_they_stand() {
        let found = Mentioned::in_texts([
            r#"sum(basket.amount) > 3 and `my age` = "not this" and consent.email"#,
            "last(viewed).page.title = 年龄",
        ]);
        for name in ["basket", "basket.amount", "amount", "my age", "consent", "consent.email", "page.title", "item.title", "年龄"] {
            assert!(found.has(name), "{name}");
        }
        for name in ["not this", "this", "emai", "basket.lines"] {
            assert!(!found.has(name), "{name}");
        }
    }
}
