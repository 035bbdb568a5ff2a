//! A field of the business's own.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use super::limits;
use crate::crm::error::{Error, Reason};
use crate::crm::model::{ContactField, FieldKind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Defines a field that contacts can have, or changes its label or choices. Its kind is fixed once it is there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DefineContactField {
    /// What values are kept under: a small letter, then small letters, figures and underscores.
    #[schemars(length(min = 1, max = KEY_MAX))]
    pub key: String,
    /// What people call it.
    #[schemars(length(min = 1, max = limits::NAME_MAX))]
    pub label: String,
    /// What its values are.
    pub kind: FieldKind,
    /// What can be chosen, when it is a choice.
    #[serde(default)]
    #[schemars(length(max = CHOICES_MAX), inner(length(min = 1, max = limits::NAME_MAX)))]
    pub choices: Vec<String>,
}

/// The longest key.
const KEY_MAX: usize = 40;
/// The most choices of a field.
const CHOICES_MAX: usize = 100;

impl Catalogued for DefineContactField {
    type Outcome = ContactField;

    const ABOUT: About = About {
        name: "define_contact_field",
        description: "Defines a field of the business's own that contacts can have, or changes its label or choices.",
        effect: Effect::Write,
        permission: Permission::Configure,
        confirmation: Confirmation::NotNeeded,
        undo: Undo::Restore,
        route: Some(Route::put("/contact-fields/{key}")),
    };

    fn within_limits(&mut self) -> Result<(), Error> {
        let well = self.key.len() <= KEY_MAX
            && self.key.starts_with(|c: char| c.is_ascii_lowercase())
            && self.key.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        if !well {
            return Err(Error::Invalid(Reason::FieldKey));
        }
        self.label = limits::name(&self.label)?;
        self.choices = self.choices.iter().map(|choice| limits::name(choice)).collect::<Result<_, _>>()?;
        let choosing = self.kind == FieldKind::Choice;
        if self.label.is_empty() || self.choices.iter().any(String::is_empty) || self.choices.len() > CHOICES_MAX {
            return Err(Error::Invalid(Reason::FieldLabel { most: CHOICES_MAX }));
        }
        if choosing == self.choices.is_empty() {
            return Err(Error::Invalid(Reason::FieldChoices));
        }
        Ok(())
    }
}
