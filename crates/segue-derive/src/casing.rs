//! The spellings of `rename_all`, as serde understands them, with upper and lower case of every script.

#[derive(Clone, Copy)]
pub(crate) enum Casing {
    Lower,
    Upper,
    Pascal,
    Camel,
    Snake,
    ScreamingSnake,
    Kebab,
    ScreamingKebab,
}

const ALL: [(&str, Casing); 8] = [
    ("lowercase", Casing::Lower),
    ("UPPERCASE", Casing::Upper),
    ("PascalCase", Casing::Pascal),
    ("camelCase", Casing::Camel),
    ("snake_case", Casing::Snake),
    ("SCREAMING_SNAKE_CASE", Casing::ScreamingSnake),
    ("kebab-case", Casing::Kebab),
    ("SCREAMING-KEBAB-CASE", Casing::ScreamingKebab),
];

impl Casing {
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let found = ALL
            .iter()
            .find(|(name, _)| *name == text)
            .map(|(_, casing)| *casing);
        found.ok_or_else(|| {
            format!(
                "`{text}` is no spelling; choose one of {}",
                ALL.map(|(name, _)| name).join(", ")
            )
        })
    }

    /// Spells a variant, which its author wrote in `PascalCase`.
    pub(crate) fn variant(self, name: &str) -> String {
        match self {
            Casing::Pascal => name.to_owned(),
            Casing::Lower => name.to_lowercase(),
            Casing::Upper => name.to_uppercase(),
            Casing::Camel => uncapitalised(name),
            Casing::Snake => {
                let mut out = String::new();
                for (i, c) in name.char_indices() {
                    if i > 0 && c.is_uppercase() {
                        out.push('_');
                    }
                    out.extend(c.to_lowercase());
                }
                out
            }
            Casing::ScreamingSnake => Casing::Snake.variant(name).to_uppercase(),
            Casing::Kebab => Casing::Snake.variant(name).replace('_', "-"),
            Casing::ScreamingKebab => Casing::ScreamingSnake.variant(name).replace('_', "-"),
        }
    }

    /// Spells a field, which its author wrote in `snake_case`.
    pub(crate) fn field(self, name: &str) -> String {
        match self {
            Casing::Lower | Casing::Snake => name.to_owned(),
            Casing::Upper | Casing::ScreamingSnake => name.to_uppercase(),
            Casing::Pascal => name.split('_').map(capitalised).collect(),
            Casing::Camel => uncapitalised(&Casing::Pascal.field(name)),
            Casing::Kebab => name.replace('_', "-"),
            Casing::ScreamingKebab => name.to_uppercase().replace('_', "-"),
        }
    }
}

fn capitalised(word: &str) -> String {
    let mut chars = word.chars();
    chars
        .next()
        .into_iter()
        .flat_map(char::to_uppercase)
        .chain(chars)
        .collect()
}

fn uncapitalised(word: &str) -> String {
    let mut chars = word.chars();
    chars
        .next()
        .into_iter()
        .flat_map(char::to_lowercase)
        .chain(chars)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variants_and_fields_are_spelled_as_by_serde() {
        let rows = [
            ("lowercase", "addedtocart", "added_to_cart"),
            ("UPPERCASE", "ADDEDTOCART", "ADDED_TO_CART"),
            ("PascalCase", "AddedToCart", "AddedToCart"),
            ("camelCase", "addedToCart", "addedToCart"),
            ("snake_case", "added_to_cart", "added_to_cart"),
            ("SCREAMING_SNAKE_CASE", "ADDED_TO_CART", "ADDED_TO_CART"),
            ("kebab-case", "added-to-cart", "added-to-cart"),
            ("SCREAMING-KEBAB-CASE", "ADDED-TO-CART", "ADDED-TO-CART"),
        ];
        for (spelling, variant, field) in rows {
            let casing = Casing::parse(spelling).unwrap();
            assert_eq!(casing.variant("AddedToCart"), variant, "{spelling}");
            assert_eq!(casing.field("added_to_cart"), field, "{spelling}");
        }
        assert!(Casing::parse("Snake").is_err());
    }

    #[test]
    fn every_script_has_its_own_case_or_none() {
        assert_eq!(
            Casing::Snake.variant("ПовторныйПокупатель"),
            "повторный_покупатель"
        );
        assert_eq!(Casing::Camel.field("дата_рождения"), "датаРождения");
        assert_eq!(Casing::Snake.variant("忠诚客户"), "忠诚客户");
        assert_eq!(Casing::Upper.field("عميل_دائم"), "عميل_دائم");
    }
}
