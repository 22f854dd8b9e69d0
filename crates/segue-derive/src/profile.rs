//! `#[derive(Profile)]`, `#[derive(Nested)]` and `#[derive(Row)]`.

use crate::attributes::{ATTRIBUTE, CELL, Errors, NESTED, Options, PART, PROFILE, ROW};
use crate::fields::{Field, Impl, Scope, read, register, register_computed};
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Data, DeriveInput, Fields, Ident};

fn struct_fields<'a>(
    input: &'a DeriveInput,
    what: &str,
    errors: &mut Errors,
) -> Option<&'a Fields> {
    if let Data::Struct(data) = &input.data {
        return Some(&data.fields);
    }
    errors.push(
        input.ident.span(),
        format!("{what} is a struct with named fields"),
    );
    None
}

/// Reads the whole.
fn whole() -> TokenStream {
    quote!(|__of: &Self| __segue::Some(__of))
}

/// Reads a field of a part that `__get` reads.
pub(crate) fn of_part(ident: &Ident) -> TokenStream {
    quote! {{
        let __get = __segue::Clone::clone(&__get);
        move |__of: &__T| match __get(__of) {
            __segue::Some(__part) => __segue::Some(&__part.#ident),
            __segue::None => __segue::None,
        }
    }}
}

pub(crate) fn profile(input: &DeriveInput) -> syn::Result<TokenStream> {
    let mut errors = Errors::default();
    let options = Options::parse(&input.attrs, &PROFILE, &mut errors);
    let scope = Scope {
        place: &ATTRIBUTE,
        casing: options.rename_all,
        serde: options.has("serde"),
        what: "attribute",
        taken: &["id", "now", "today"],
        implied: "id",
    };
    let mut implementation = Impl::new(
        input,
        &quote!(__segue::Send + __segue::Sync + 'static),
        "a profile",
        &mut errors,
    );
    let fields = struct_fields(input, "a profile", &mut errors);
    let fields = fields
        .map(|f| read(f, input.ident.span(), &scope, &mut errors))
        .unwrap_or_default();
    let id = Field::with_role(&fields, "id", true, &mut errors);
    let events = Field::with_role(&fields, "events", false, &mut errors);
    let tags = Field::with_role(&fields, "tags", false, &mut errors);
    let Some(id) = id else {
        if matches!(&input.data, Data::Struct(data) if matches!(data.fields, Fields::Named(_))) {
            errors.push(
                input.ident.span(),
                "a profile needs an id; mark the field that identifies it with `#[segue(id)]`",
            );
        }
        errors.finish()?;
        return Ok(TokenStream::new());
    };
    errors.finish()?;

    let (id_field, id_ty) = (id.ident, id.ty);
    implementation.require(id_ty, &quote!(__segue::IdValue));
    let (event, all) = match events {
        None => (
            quote!(__segue::NoEvent),
            quote!(__segue::Events::Slice(&[])),
        ),
        Some(Field { ident, ty, .. }) => {
            implementation.require(ty, &quote!(__segue::EventStore));
            let store = quote_spanned!(ty.span()=> <#ty as __segue::EventStore>);
            (quote!(#store::Event), quote!(#store::events(&self.#ident)))
        }
    };
    let tags = tags.map(|t| {
        let (ident, ty) = (t.ident, t.ty);
        implementation.require(ty, &quote!(__segue::FieldValue));
        quote_spanned!(ty.span()=> __fields.tags(|__of: &Self| __segue::Some(&__of.#ident));)
    });
    let roles = [Some(id)];
    implementation.require_fields(&fields, &roles);
    let fields = register(
        &fields,
        &roles,
        false,
        |ident| quote!(|__of: &Self| __segue::Some(&__of.#ident)),
    );
    let id =
        quote_spanned!(id_ty.span()=> <#id_ty as __segue::IdValue>::identifier(&self.#id_field));
    let profile = quote! {
        type Event = #event;

        #[inline]
        fn id(&self) -> __segue::Identifier<'_> {
            #id
        }

        #[inline]
        fn events(&self) -> __segue::Events<'_, Self::Event> {
            #all
        }
    };
    let computed = register_computed(&options.computed, false, &whole());
    let describe = quote! {
        fn describe(__fields: &mut __segue::Fields<Self>) {
            #fields
            #computed
            #tags
        }
    };
    let items = [
        (quote!(__segue::Profile), profile),
        (quote!(__segue::Describe), describe),
    ];
    Ok(implementation.emit(input, &options.krate(), &items))
}

pub(crate) fn nested(input: &DeriveInput) -> syn::Result<TokenStream> {
    let mut errors = Errors::default();
    let options = Options::parse(&input.attrs, &NESTED, &mut errors);
    let scope = Scope {
        place: &PART,
        casing: options.rename_all,
        serde: options.has("serde"),
        what: "attribute",
        taken: &[],
        implied: "",
    };
    let mut implementation = Impl::new(input, &quote!('static), "a nested part", &mut errors);
    let fields = struct_fields(input, "a nested part", &mut errors);
    let fields = fields
        .map(|f| read(f, input.ident.span(), &scope, &mut errors))
        .unwrap_or_default();
    errors.finish()?;

    implementation.require_fields(&fields, &[]);
    let fields = register(&fields, &[], true, of_part);
    let computed = register_computed(
        &options.computed,
        true,
        &quote!(__segue::Clone::clone(&__get)),
    );
    let describe = quote! {
        fn describe<__T: 'static>(
            __fields: &mut __segue::Fields<__T>,
            __prefix: &str,
            __present: bool,
            __get: impl __segue::Fn(&__T) -> __segue::Option<&Self> + __segue::Clone + __segue::Send + __segue::Sync + 'static,
        ) {
            #fields
            #computed
        }
    };
    Ok(implementation.emit(
        input,
        &options.krate(),
        &[(quote!(__segue::Nested), describe)],
    ))
}

pub(crate) fn row(input: &DeriveInput) -> syn::Result<TokenStream> {
    let mut errors = Errors::default();
    let options = Options::parse(&input.attrs, &ROW, &mut errors);
    let scope = Scope {
        place: &CELL,
        casing: options.rename_all,
        serde: options.has("serde"),
        what: "property",
        taken: &[],
        implied: "",
    };
    let mut implementation = Impl::new(
        input,
        &quote!(__segue::Send + __segue::Sync + 'static),
        "a row",
        &mut errors,
    );
    let fields = struct_fields(input, "a row", &mut errors);
    let fields = fields
        .map(|f| read(f, input.ident.span(), &scope, &mut errors))
        .unwrap_or_default();
    let subject = match Field::subject(&fields, &mut errors) {
        Some(name) => quote!(__segue::Some(#name)),
        None => quote!(__segue::None),
    };
    errors.finish()?;

    implementation.require_fields(&fields, &[]);
    let fields = register(
        &fields,
        &[],
        false,
        |ident| quote!(|__of: &Self| __segue::Some(&__of.#ident)),
    );
    let computed = register_computed(&options.computed, false, &whole());
    let row = quote! {
        const SUBJECT: __segue::Option<&'static str> = #subject;

        fn describe(__fields: &mut __segue::Fields<Self>) {
            #fields
            #computed
        }
    };
    Ok(implementation.emit(input, &options.krate(), &[(quote!(__segue::Row), row)]))
}
