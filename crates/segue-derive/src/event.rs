//! `#[derive(Event)]` and `#[derive(EventBody)]`.

use crate::attributes::{
    EVENT, EVENTS, Errors, INNER, KIND, Names, Options, PROPERTY, Place, SHARED_PROPERTY,
    valid_name,
};
use crate::casing::Casing;
use crate::fields::{Field, Impl, Scope, in_angle_brackets, read, register, register_computed};
use crate::profile::of_part;
use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Data, DataEnum, DeriveInput, Fields, Ident, Type, Variant};

/// The properties that every event has.
const PARTS: &[&str] = &[
    "at",
    "date",
    "week",
    "month",
    "quarter",
    "year",
    "month_of_year",
    "day_of_month",
    "weekday",
    "hour",
];

/// Whether what is derived says when it happened.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Dated {
    /// An event.
    Yes,
    /// The body of an event, whose envelope says it.
    No,
}

impl Dated {
    fn what(self) -> &'static str {
        match self {
            Dated::Yes => "an event",
            Dated::No => "the body of an event",
        }
    }

    fn implied(self) -> &'static str {
        match self {
            Dated::Yes => "at",
            Dated::No => "",
        }
    }
}

pub(crate) fn event(input: &DeriveInput, dated: Dated) -> syn::Result<TokenStream> {
    match &input.data {
        Data::Enum(data) => kinds(input, data, dated),
        Data::Struct(data) => shared(input, &data.fields, dated),
        Data::Union(_) => Err(syn::Error::new(
            input.ident.span(),
            format!(
                "{} is an enum, each variant a kind, or a struct with named fields",
                dated.what()
            ),
        )),
    }
}

fn bounds() -> TokenStream {
    quote!(__segue::Send + __segue::Sync + 'static)
}

fn needs_at(span: Span, errors: &mut Errors) {
    errors.push(span, "an event needs to say when it happened; name a field `at`, or mark one with `#[segue(at)]`");
}

/// What is written for each variant of an enum.
#[derive(Default)]
struct Arms {
    kind: Vec<TokenStream>,
    at: Vec<TokenStream>,
    id: Vec<TokenStream>,
    describe: Vec<TokenStream>,
    /// The number of kinds so far: an expression.
    count: TokenStream,
}

impl Arms {
    fn one_kind(&mut self, pattern: &TokenStream) {
        let index = self.next(&quote!(1));
        self.kind
            .push(quote!(#pattern => __segue::Some(0usize #index)));
    }

    /// Counts so many more kinds, and returns how many there were.
    fn next(&mut self, more: &TokenStream) -> TokenStream {
        let before = self.count.clone();
        self.count.extend(quote!(+ #more));
        before
    }
}

/// An enum: each variant is a kind.
fn kinds(input: &DeriveInput, data: &DataEnum, dated: Dated) -> syn::Result<TokenStream> {
    let mut errors = Errors::default();
    let options = Options::parse(&input.attrs, &EVENTS, &mut errors);
    let mut implementation = Impl::new(input, &bounds(), dated.what(), &mut errors);
    if data.variants.is_empty() {
        errors.push(
            input.ident.span(),
            "an enum of events needs a variant for each kind; a profile without events needs no event type",
        );
    }
    let mut names = Names::default();
    let mut arms = Arms::default();
    for variant in &data.variants {
        let ident = &variant.ident;
        let said = Options::parse_with(&variant.attrs, &KIND, options.has("serde"), &mut errors);
        if said.has("skip") {
            arms.kind.push(quote!(Self::#ident { .. } => __segue::None));
            arms.at
                .push(quote!(Self::#ident { .. } => __segue::Instant::MIN));
            arms.id.push(quote!(Self::#ident { .. } => __segue::None));
            continue;
        }
        let name = said.rename.as_ref().map_or_else(
            || {
                options
                    .casing_of_variants()
                    .variant(&ident.unraw().to_string())
            },
            syn::LitStr::value,
        );
        if !said.has("flatten") {
            let span = said.rename.as_ref().map_or(ident.span(), syn::LitStr::span);
            names.add(&name, span, "event kind", &mut errors);
        }
        match &variant.fields {
            Fields::Unnamed(fields) if fields.unnamed.len() == 1 => {
                if let Some(field) = fields.unnamed.first() {
                    Options::parse(&field.attrs, &INNER, &mut errors);
                    let of = &mut implementation;
                    inner_event(variant, &field.ty, (&name, &said), dated, of, &mut arms);
                }
            }
            Fields::Unit if dated == Dated::No && !said.has("flatten") => {
                arms.one_kind(&quote!(Self::#ident));
                arms.describe.push(quote!(__kinds.kind(#name);));
            }
            Fields::Named(_) if !said.has("flatten") => named_kind(
                variant,
                (&name, &said, options.has("serde"), options.rename_all_fields),
                dated,
                &mut implementation,
                &mut arms,
                &mut errors,
            ),
            Fields::Named(_) | Fields::Unnamed(_) | Fields::Unit => errors.push(
                ident.span(),
                if said.has("flatten") {
                    "`flatten` stands at a variant that holds other events: `Shop(ShopEvent)`"
                } else {
                    "a kind of events needs named fields: when it happened (`at`), and its properties; or one struct that has them; or say `skip` if it is no event"
                },
            ),
        }
    }
    errors.finish()?;
    let Arms {
        kind,
        at,
        id,
        describe,
        count,
    } = arms;
    let body = body(
        &quote!(0usize #count),
        &quote!(match self { #(#kind,)* }),
        &quote!(#(#describe)*),
    );
    let mut items = vec![(quote!(__segue::EventBody), body)];
    if dated == Dated::Yes {
        let event = event_of_body(
            &quote!(match self { #(#at,)* }),
            &quote!(match self { #(#id,)* }),
        );
        items.push((quote!(__segue::Event), event));
    }
    Ok(implementation.emit(input, &options.krate(), &items))
}

/// A variant with fields: a kind.
fn named_kind(
    variant: &Variant,
    (name, said, serde, fields_casing): (&str, &Options, bool, Option<Casing>),
    dated: Dated,
    implementation: &mut Impl,
    arms: &mut Arms,
    errors: &mut Errors,
) {
    let ident = &variant.ident;
    let scope = scope(&PROPERTY, said.rename_all.or(fields_casing), serde, dated);
    let fields = read(&variant.fields, ident.span(), &scope, errors);
    let at = Field::with_role(&fields, "at", dated == Dated::Yes, errors);
    let id = Field::with_role(&fields, "id", false, errors);
    refuse_head(&[at, id], dated, errors);
    let subject = Field::subject(&fields, errors).map(|s| quote!(.subject(#s)));
    let told = told(said);
    if dated == Dated::Yes && at.is_none() {
        needs_at(ident.span(), errors);
        return;
    }
    let roles = [at];
    implementation.require_fields(&fields, &roles);
    arms.one_kind(&quote!(Self::#ident { .. }));
    let mut role = |field: &Field<'_>, of: &str, method: &str| {
        let read = read_role(implementation, field.ty, &quote!(__value), of, method);
        let field = field.ident;
        quote!(Self::#ident { #field: __value, .. } => #read)
    };
    if let Some(at) = at {
        arms.at.push(role(at, "AtValue", "instant"));
    }
    arms.id.push(id.map_or_else(
        || quote!(Self::#ident { .. } => __segue::None),
        |id| role(id, "OptionalId", "optional_id"),
    ));
    let fields = register(&fields, &roles, false, |field| {
        quote! {{
            let __get = __segue::Clone::clone(&__get);
            move |__of: &__T| match __get(__of) {
                __segue::Some(Self::#ident { #field: __value, .. }) => __segue::Some(__value),
                _ => __segue::None,
            }
        }}
    });
    arms.describe.push(quote!(__kinds.kind(#name).fields(|__fields: &mut __segue::Fields<__T>| { #fields }) #subject #told;));
}

/// What an engine adds by itself.
fn told(said: &Options) -> TokenStream {
    let sent = said.has("sent").then(|| quote!(.sent()));
    let passed = said
        .has("journey_passed")
        .then(|| quote!(.journey_passed()));
    quote!(#sent #passed)
}

/// A variant that holds another event: a kind with its properties or, with `flatten`, all its kinds.
fn inner_event(
    variant: &Variant,
    ty: &Type,
    (name, said): (&str, &Options),
    dated: Dated,
    implementation: &mut Impl,
    arms: &mut Arms,
) {
    let ident = &variant.ident;
    let get = quote! {{
        let __get = __segue::Clone::clone(&__get);
        move |__of: &__T| match __get(__of) {
            __segue::Some(Self::#ident(__value)) => __segue::Some(__value),
            _ => __segue::None,
        }
    }};
    if said.has("flatten") {
        implementation.require(ty, &quote!(__segue::EventBody));
        let body = quote_spanned!(ty.span()=> <#ty as __segue::EventBody>);
        let before = arms.next(&quote!(#body::KINDS));
        arms.kind.push(
            quote!(Self::#ident(__value) => match #body::kind_index(__value) {
                __segue::Some(__index) => __segue::Some(0usize #before + __index),
                __segue::None => __segue::None,
            }),
        );
        arms.describe.push(quote!(#body::describe(__kinds, #get);));
    } else {
        implementation.require(ty, &quote!(__segue::EventFields));
        let fields = quote_spanned!(ty.span()=> <#ty as __segue::EventFields>);
        arms.one_kind(&quote!(Self::#ident(..)));
        let told = told(said);
        arms.describe.push(quote! {
            __kinds.kind(#name) #told .described_by(#fields::SUBJECT, |__fields: &mut __segue::Fields<__T>| #fields::describe(__fields, #get));
        });
    }
    if dated == Dated::Yes {
        let ty = in_angle_brackets(ty, "Box").unwrap_or(ty);
        implementation.require(ty, &quote!(__segue::Event));
        let event = quote_spanned!(ty.span()=> <#ty as __segue::Event>);
        arms.at
            .push(quote!(Self::#ident(__value) => #event::at(__value)));
        arms.id
            .push(quote!(Self::#ident(__value) => #event::id(__value)));
    }
}

fn scope(place: &Place, casing: Option<Casing>, serde: bool, dated: Dated) -> Scope<'_> {
    Scope {
        place,
        casing,
        serde,
        what: "property",
        taken: PARTS,
        implied: dated.implied(),
    }
}

/// A body has no instant and no id.
fn refuse_head(fields: &[Option<&Field<'_>>], dated: Dated, errors: &mut Errors) {
    if dated == Dated::Yes {
        return;
    }
    for field in fields.iter().flatten() {
        errors.push(
            field.ident.span(),
            "the struct around the body says when it happened and what its id is; remove this",
        );
    }
}

/// An expression that reads a field in its role.
fn read_role(
    implementation: &mut Impl,
    ty: &Type,
    value: &TokenStream,
    of: &str,
    method: &str,
) -> TokenStream {
    let (of, method) = (
        Ident::new(of, Span::call_site()),
        Ident::new(method, Span::call_site()),
    );
    implementation.require(ty, &quote!(__segue::#of));
    quote_spanned!(ty.span()=> <#ty as __segue::#of>::#method(#value))
}

/// A struct: one kind, or, with a field that says which, several that share their properties.
fn shared(input: &DeriveInput, fields: &Fields, dated: Dated) -> syn::Result<TokenStream> {
    let mut errors = Errors::default();
    let options = Options::parse(&input.attrs, &EVENT, &mut errors);
    let mut implementation = Impl::new(input, &bounds(), dated.what(), &mut errors);
    let named = matches!(fields, Fields::Named(_));
    let scope = scope(
        &SHARED_PROPERTY,
        options.rename_all,
        options.has("serde"),
        dated,
    );
    let fields = read(fields, input.ident.span(), &scope, &mut errors);
    let kind = Field::with_role(&fields, "kind", false, &mut errors);
    let inner = Field::with_role(&fields, "body", false, &mut errors);
    let id = Field::with_role(&fields, "id", false, &mut errors);
    let subject = Field::subject(&fields, &mut errors);
    let name = options.rename.as_ref().map_or_else(
        || {
            options
                .casing_of_variants()
                .variant(&input.ident.unraw().to_string())
        },
        syn::LitStr::value,
    );
    match (&options.rename, kind.or(inner)) {
        (Some(rename), Some(_)) => errors.push(
            rename.span(),
            "the field marked `kind` or `body` says what the kinds are called; remove `rename`",
        ),
        _ => {
            if let Err(m) = valid_name(&name) {
                errors.push(input.ident.span(), m);
            }
        }
    }
    if let (Some(_), Some(inner)) = (kind, inner) {
        errors.push(
            inner.ident.span(),
            "`kind` and `body` both say which kind it is; remove one",
        );
    }
    let at = Field::with_role(&fields, "at", dated == Dated::Yes, &mut errors);
    if dated == Dated::Yes && at.is_none() && named {
        needs_at(input.ident.span(), &mut errors);
    }
    refuse_head(&[at, id], dated, &mut errors);
    errors.finish()?;

    let roles = [at];
    implementation.require_fields(&fields, &roles);
    let computed = register_computed(
        &options.computed,
        false,
        &quote!(__segue::Clone::clone(&__get)),
    );
    let properties = register(&fields, &roles, false, of_part);
    let properties = quote!(#properties #computed);
    let subject = match subject {
        Some(name) => quote!(__segue::Some(#name)),
        None => quote!(__segue::None),
    };
    let mut items = Vec::new();
    let body = if let Some(inner) = inner {
        let (field, ty) = (inner.ident, inner.ty);
        implementation.require(ty, &quote!(__segue::EventBody));
        let of_body = quote_spanned!(ty.span()=> <#ty as __segue::EventBody>);
        let get = of_part(field);
        body(
            &quote!(#of_body::KINDS),
            &quote!(#of_body::kind_index(&self.#field)),
            &quote! {
                let __first = __kinds.count();
                #of_body::describe(__kinds, #get);
                __kinds.shared(__first, #subject, |__fields: &mut __segue::Fields<__T>| { #properties });
            },
        )
    } else if let Some(Field { ident, ty, .. }) = kind {
        let index = read_role(
            &mut implementation,
            ty,
            &quote!(&self.#ident),
            "Enumeration",
            "index",
        );
        let names = quote_spanned!(ty.span()=> <#ty as __segue::Enumeration>::NAMES);
        body(
            &quote!(#names.len()),
            &quote!(__segue::Some(#index)),
            &quote! {
                for __name in #names {
                    __kinds.kind(*__name).described_by(#subject, |__fields: &mut __segue::Fields<__T>| { #properties });
                }
            },
        )
    } else {
        let fields = quote! {
            const SUBJECT: __segue::Option<&'static str> = #subject;

            fn describe<__T: 'static>(
                __fields: &mut __segue::Fields<__T>,
                __get: impl __segue::Fn(&__T) -> __segue::Option<&Self> + __segue::Clone + __segue::Send + __segue::Sync + 'static,
            ) {
                #properties
            }
        };
        items.push((quote!(__segue::EventFields), fields));
        body(
            &quote!(1),
            &quote!(__segue::Some(0)),
            &quote! {
                __kinds.kind(#name).described_by(
                    <Self as __segue::EventFields>::SUBJECT,
                    |__fields: &mut __segue::Fields<__T>| <Self as __segue::EventFields>::describe(__fields, __get),
                );
            },
        )
    };
    items.push((quote!(__segue::EventBody), body));
    if let Some(at) = at {
        let mut role = |field: &Field<'_>, of: &str, method: &str| {
            let ident = field.ident;
            read_role(
                &mut implementation,
                field.ty,
                &quote!(&self.#ident),
                of,
                method,
            )
        };
        let when = role(at, "AtValue", "instant");
        let id = id.map_or_else(
            || quote!(__segue::None),
            |id| role(id, "OptionalId", "optional_id"),
        );
        items.push((quote!(__segue::Event), event_of_body(&when, &id)));
    }
    Ok(implementation.emit(input, &options.krate(), &items))
}

/// The kinds of an event and their properties.
fn body(count: &TokenStream, kind: &TokenStream, describe: &TokenStream) -> TokenStream {
    quote! {
        const KINDS: usize = #count;

        #[inline]
        fn kind_index(&self) -> __segue::Option<usize> {
            #kind
        }

        fn describe<__T: 'static>(
            __kinds: &mut __segue::EventKinds<__T>,
            __get: impl __segue::Fn(&__T) -> __segue::Option<&Self> + __segue::Clone + __segue::Send + __segue::Sync + 'static,
        ) {
            #describe
        }
    }
}

/// An event whose kinds are those of its `EventBody`.
fn event_of_body(at: &TokenStream, id: &TokenStream) -> TokenStream {
    quote! {
        type Kind = __segue::KindIndex;

        #[inline]
        fn kind(&self) -> __segue::Option<__segue::KindIndex> {
            match <Self as __segue::EventBody>::kind_index(self) {
                __segue::Some(__index) => __segue::Some(__segue::KindIndex::new(__index)),
                __segue::None => __segue::None,
            }
        }

        #[inline]
        fn at(&self) -> __segue::Instant {
            #at
        }

        fn id(&self) -> __segue::Option<__segue::Identifier<'_>> {
            #id
        }

        fn describe(__kinds: &mut __segue::EventKinds<Self>) {
            <Self as __segue::EventBody>::describe(__kinds, |__of: &Self| __segue::Some(__of));
        }
    }
}
