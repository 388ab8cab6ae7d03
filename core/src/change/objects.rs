//! Objects whose change is a catalog entry, and what cannot be seen into.

/// The text of an object that is made only where none has its name (PostgreSQL).
pub const IF_NOT_EXISTS: &str = " if not exists ";

/// What is done to an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ObjectVerb {
    /// CREATE.
    Create,
    /// CREATE OR REPLACE.
    Replace,
    /// ALTER.
    Alter,
    /// RENAME.
    Rename,
    /// DROP.
    Drop,
    /// COMMENT ON, SECURITY LABEL.
    Comment,
    /// GRANT.
    Grant,
    /// REVOKE.
    Revoke,
}

/// Which kind of object. For COMMENT, GRANT and REVOKE: the kind of the object spoken about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs, reason = "each is the SQL keyword of the same name")]
pub enum ObjectKind {
    AccessMethod,
    Aggregate,
    Cast,
    Collation,
    Column,
    Constraint,
    Conversion,
    Database,
    DefaultPrivileges,
    Domain,
    Event,
    EventTrigger,
    Extension,
    ForeignDataWrapper,
    ForeignTable,
    Function,
    Index,
    Language,
    LargeObject,
    Logfile,
    MaterializedView,
    Operator,
    OperatorClass,
    OperatorFamily,
    Owned,
    Package,
    Parameter,
    Policy,
    Procedure,
    Publication,
    ResourceGroup,
    Role,
    Routine,
    Rule,
    Schema,
    Sequence,
    Server,
    SpatialReferenceSystem,
    Statistics,
    Subscription,
    System,
    Table,
    Tablespace,
    TextSearch,
    Transform,
    Trigger,
    Type,
    UserMapping,
    View,
}

/// Why a statement cannot be seen into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OpaqueWhy {
    /// Code that decides at run time: `DO`, `CALL`, `EXECUTE`, a control-flow block.
    RunsCode,
    /// Executes SQL built at run time: `PREPARE … FROM`, `EXECUTE IMMEDIATE`.
    DynamicSql,
    /// A statement form that is not known.
    UnknownStatement,
    /// Known form, but its inside could not be read.
    Unreadable,
    /// Too deeply nested or too long a chain of operators to be taken apart.
    TooDeep,
    /// A template placeholder (`{{ … }}`, `${…}`) stands where SQL should be.
    Template,
    /// Not ended: a quote, comment or block is still open at the end of the text.
    Unterminated,
}
