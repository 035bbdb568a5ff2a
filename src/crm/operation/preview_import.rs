//! A file of contacts handed in.

use super::definition::{About, Catalogued, Confirmation, Effect, Permission, Route, Undo};
use super::limits;
use crate::crm::error::{Error, Reason};
use crate::crm::model::ImportPreview;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Hands in a file of contacts and shows how it is understood: what each column is taken for, the first rows, what is wrong
/// with them. Nothing is brought in before `start_import`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PreviewImport {
    /// What the file is called.
    #[serde(default)]
    #[schemars(length(max = limits::NAME_MAX))]
    pub name: String,
    /// The file: a row for each contact, cells parted by commas, semicolons, tabs or bars.
    pub text: String,
}

impl PreviewImport {
    /// The largest file, in bytes: some 200,000 contacts.
    pub const BYTES_MAX: usize = 24 * 1024 * 1024;
}

impl Catalogued for PreviewImport {
    type Outcome = ImportPreview;

    const ABOUT: About = About {
        name: "preview_import",
        description: "Hands in a CSV file of contacts and shows what its columns are taken for, its first rows, and what \
                      is wrong with them.",
        effect: Effect::Write,
        permission: Permission::WriteContacts,
        confirmation: Confirmation::NotNeeded,
        undo: Undo::NotNeeded,
        route: Some(Route::create("/imports").large()),
    };

    fn within_limits(&mut self) -> Result<(), Error> {
        self.name = limits::name(&self.name)?;
        if self.text.len() > Self::BYTES_MAX {
            return Err(Error::Invalid(Reason::FileTooLarge));
        }
        if let Some(rest) = self.text.strip_prefix('\u{feff}') {
            self.text = rest.to_owned();
        }
        Ok(())
    }
}
