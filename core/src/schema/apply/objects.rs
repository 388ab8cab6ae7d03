//! Objects of other kinds: domains, functions, triggers, what the server keeps as text.

use crate::change::{DataType, Ident, Name, ObjectKind, ObjectVerb};
use crate::order::Gather;
use crate::schema::{Object, ObjectKey, Schema, Table, keys};
use crate::source;
use std::sync::Arc;

impl Schema {
    pub(super) fn object_changed(
        &mut self,
        verb: ObjectVerb,
        kind: ObjectKind,
        name: &Name,
        on: Option<&Name>,
        text: &str,
    ) {
        let key = self.object_key(kind, name, on);
        match verb {
            ObjectVerb::Create | ObjectVerb::Replace => {
                let new = self.objects.get(&key).is_none_or(|o| o.new);
                self.objects_made += 1;
                let order = self.objects_made;
                self.take_object(&key);
                if kind == ObjectKind::Domain {
                    Arc::make_mut(&mut self.domains)
                        .insert(key.1.clone(), text.trim_end_matches([';', ' ', '\n']).to_string());
                    return self.put_object(
                        key,
                        Arc::new(Object { name: name.clone(), kind, on: None, new, text: String::new(), order }),
                    );
                }
                // Of a policy or rule only the whole text is kept, by `apply_written`.
                let whole =
                    !matches!(kind, ObjectKind::Policy | ObjectKind::Rule) && text != crate::change::IF_NOT_EXISTS;
                let text = if whole { text.to_string() } else { String::new() };
                let (name, on) = (name.clone(), on.cloned());
                self.put_object(key, Arc::new(Object { name, kind, on, new, text, order }));
            }
            ObjectVerb::Drop => {
                let gone = self.take_object(&key);
                if let Some(trigger) = gone.filter(|_| kind == ObjectKind::Trigger) {
                    self.dropped.insert(key.1.clone(), trigger);
                }
                match kind {
                    ObjectKind::Type => drop(Arc::make_mut(&mut self.enums).remove(&key.1)),
                    ObjectKind::Domain => drop(Arc::make_mut(&mut self.domains).remove(&key.1)),
                    _ => {}
                }
            }
            ObjectVerb::Rename => {
                let Some(to) = text.trim().strip_prefix("rename to ") else { return };
                let to = name.sibling(source::named(to.trim_end_matches(';').trim()));
                match kind {
                    ObjectKind::Domain | ObjectKind::Type => self.type_renamed(name, &to),
                    ObjectKind::View | ObjectKind::MaterializedView => self.rename_view(name, &to),
                    _ => self.object_renamed(&key, to),
                }
            }
            ObjectVerb::Alter if kind == ObjectKind::Subscription => {
                if let Some(known) = self.objects.get_mut(&key) {
                    Arc::make_mut(known).text.push_str(text);
                }
            }
            // What it holds from now on was not followed.
            ObjectVerb::Alter if kind == ObjectKind::Domain => self.domain_changed(name, None),
            ObjectVerb::Alter | ObjectVerb::Comment | ObjectVerb::Grant | ObjectVerb::Revoke => {}
        }
    }

    fn object_renamed(&mut self, key: &ObjectKey, to: Name) {
        let Some(mut object) = self.take_object(key) else { return };
        let renamed = Arc::make_mut(&mut object);
        renamed.name = to;
        renamed.text.clear();
        self.put_object(self.object_key(object.kind, &object.name, object.on.as_ref()), object);
    }

    /// A domain or an enum by its new name, and the columns of it.
    fn type_renamed(&mut self, name: &Name, to: &Name) {
        let (from, into) = (self.key(name), self.key(to));
        let of_table = |table: &Table| {
            let used = table.def.columns.iter().filter(|column| self.is_of_type(column, &from));
            used.map(|column| (table.def.name.clone(), column.name.clone())).gather()
        };
        let columns: Vec<(Name, Ident)> = self.tables_of_type(name).flat_map(of_table).gather();
        if let Some(text) = Arc::make_mut(&mut self.domains).remove(&from) {
            Arc::make_mut(&mut self.domains).insert(into, text);
        } else if let Some(labels) = Arc::make_mut(&mut self.enums).remove(&from) {
            Arc::make_mut(&mut self.enums).insert(into, labels);
        }
        for (table, column) in columns {
            self.edit_column(&table, &column, |c| {
                c.data_type =
                    c.data_type.take().map(|old| DataType { array: old.array, ..DataType::simple(to.to_string()) });
            });
        }
    }

    /// A constraint more behind the text of a domain; after another change what it holds is not known.
    pub(super) fn domain_changed(&mut self, name: &Name, added: Option<&str>) {
        let key = self.key(name);
        let domains = Arc::make_mut(&mut self.domains);
        match (added, domains.get_mut(&key)) {
            (Some(action), Some(text)) if !text.is_empty() => {
                text.push(' ');
                text.push_str(action);
            }
            (None, Some(text)) => text.clear(),
            (Some(_), _) | (None, None) => {}
        }
    }
}

/// A name in it was changed by a rename: the server keeps another text from now on.
pub(super) fn rewritten(object: &mut Arc<Object>, name: &Ident) {
    if !object.text.is_empty() && keys::mentions(&object.text, &name.value) {
        Arc::make_mut(object).text.clear();
    }
}
