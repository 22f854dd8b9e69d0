//! What is registered by hand, beside or instead of what is derived.

use super::*;

#[test]
fn a_decimal_of_a_service_has_the_digits_of_its_field() {
    /// In cents, whatever the field has.
    struct Price(i64);

    impl Scalar for Price {
        fn ty() -> Type {
            Type::Decimal(2)
        }

        fn read(&self) -> Reading<'_> {
            self.0.into()
        }
    }

    struct Product {
        price: Price,
        prices: Vec<Price>,
    }

    impl Row for Product {
        fn describe(fields: &mut segue::profile::Fields<Self>) {
            fields.field("price", |p| &p.price).decimal(4);
            fields.field("prices", |p| &p.prices).decimal(1);
            fields.computed("whole", |p: &Product| p.price.0 / 100);
        }
    }

    #[derive(Profile)]
    struct Shop {
        id: u64,
        #[segue(rows)]
        products: Vec<Product>,
    }
    let model = Model::<Shop>::new().unwrap();
    let shop = Shop {
        id: 1,
        products: vec![Product {
            price: Price(19_90),
            prices: vec![Price(19_99)],
        }],
    };
    let rule =
        "products(price = 19.90 and price < 19.9001 and prices contains 19.9 and whole = 19)";
    let rule = Rule::check(rule, model.schema()).unwrap();
    assert!(rule.bind(&model).unwrap().holds(&shop, at(NOW)));
}

#[test]
fn tags_are_strings() {
    #[derive(Profile)]
    struct Tagged<T> {
        id: u64,
        #[segue(tags)]
        tags: T,
    }
    let _ = Tagged { id: 1, tags: 1_u8 }.tags;
    let wrong = |error: segue::schema::SchemaError| error.to_string().contains("list of strings");
    assert!(Model::<Tagged<Option<Vec<Arc<str>>>>>::new().is_ok());
    assert!(wrong(Model::<Tagged<String>>::new().unwrap_err()));
    assert!(wrong(Model::<Tagged<Vec<u8>>>::new().unwrap_err()));
}

#[test]
fn keys_may_be_known_only_when_the_program_runs() {
    #[derive(Profile)]
    struct Member {
        id: String,
        #[segue(skip)]
        custom: HashMap<String, String>,
    }
    let keys = ["size", "colour"].map(String::from);
    let model = Model::<Member>::extended(|fields| {
        for key in keys {
            let name = format!("custom.{key}");
            fields.optional(name, move |member| member.custom.get(&key));
        }
        fields.computed("custom.number", |member: &Member| member.custom.len());
    })
    .unwrap();
    let rule = r#"custom.size = "M" and custom.colour is missing and custom.number = 1"#;
    let matcher = Rule::check(rule, model.schema()).unwrap();
    let member = Member {
        id: "m".into(),
        custom: HashMap::from([("size".to_owned(), "M".to_owned())]),
    };
    assert!(matcher.bind(&model).unwrap().holds(&member, at(NOW)));
    // A name twice is an error, not the last that was said.
    let twice = Model::<Member>::extended(|fields| {
        fields.computed("size", |_: &Member| 1_u8);
        fields.computed("size", |_: &Member| 2_u8);
    });
    assert!(twice.unwrap_err().to_string().contains("`size`"));
}
