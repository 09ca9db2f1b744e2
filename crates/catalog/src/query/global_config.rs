//! The original's configuration record: its columns are part of the compatible API.

use sea_query::{Condition as Where, Expr, SelectStatement};

use super::resource::stored::{Listed, Sql, StoredColumn};
use super::{Column, ColumnKind, Resource, Value};
use crate::tables::Globalconfig as Table;

/// The kind of record: a configuration.
#[derive(Clone, Copy, Debug)]
pub enum GlobalConfigs {}

macro_rules! columns {
    ($($variant:ident $name:literal $kind:ident),* $(,)?) => {
        /// A configuration's columns.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum GlobalConfigColumn {
            $(#[doc = concat!("`", $name, "`")] $variant,)*
        }

        impl GlobalConfigColumn {
            /// All columns, in the alphabetical order of their names.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The name on the wire.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            pub(crate) fn iden(self) -> Table {
                match self { $(Self::$variant => Table::$variant,)* }
            }
        }

        impl Column for GlobalConfigColumn {
            fn kind(self) -> ColumnKind {
                match self { $(Self::$variant => ColumnKind::$kind,)* }
            }
        }
    };
}

columns! {
    AutoArchiveAck "auto_archive_ack" Boolean,
    AutoArchiveEnable "auto_archive_enable" Boolean,
    BaseRecalibrationMode "base_recalibration_mode" Text,
    CheckNewsPosts "check_news_posts" Boolean,
    ClusterAutoDisable "cluster_auto_disable" Boolean,
    DefaultFlowOrder "default_flow_order" Text,
    DefaultLibraryKey "default_library_key" Text,
    DefaultStorageOptions "default_storage_options" Text,
    DefaultTestFragmentKey "default_test_fragment_key" Text,
    EnableAutoPkgDl "enable_auto_pkg_dl" Boolean,
    EnableAutoSecurity "enable_auto_security" Boolean,
    EnableCompendiaOCP "enable_compendia_OCP" Boolean,
    EnableNightlyEmail "enable_nightly_email" Boolean,
    EnableSupportUpload "enable_support_upload" Boolean,
    EnableVersionLock "enable_version_lock" Boolean,
    Id "id" Integer,
    MajorPlatform "majorPlatform" Text,
    MarkDuplicates "mark_duplicates" Boolean,
    Name "name" Text,
    PasswordMaxAge "password_max_age" Integer,
    PluginOutputFolder "plugin_output_folder" Text,
    Realign "realign" Boolean,
    RecordsToDisplay "records_to_display" Integer,
    SecUpdateStatus "sec_update_status" Text,
    Selected "selected" Boolean,
    SiteName "site_name" Text,
    TelemetryEnabled "telemetry_enabled" Boolean,
    TsUpdateStatus "ts_update_status" Text,
    WebRoot "web_root" Text,
}

/// A configuration as lists show it: a value for each of [`GlobalConfigColumn::ALL`], in that order.
#[derive(Clone, Debug, PartialEq)]
pub struct GlobalConfigRow {
    /// The configuration's id.
    pub id: i64,
    /// The values, in the order of [`GlobalConfigColumn::ALL`].
    pub values: Vec<Value>,
}

impl Resource for GlobalConfigs {
    type Column = GlobalConfigColumn;
    type Narrowing = ();
    type Row = GlobalConfigRow;
}

impl StoredColumn for GlobalConfigColumn {
    fn value(self) -> Expr {
        Expr::col((Table::Table, self.iden()))
    }

    fn time_text(self) -> Option<Expr> {
        None
    }

    fn nullable(self) -> bool {
        false
    }
}

impl Listed for GlobalConfigs {
    type Record = GlobalConfigRow;
    type Extra = ();
    type Flat = Vec<serde_json::Value>;

    const NAME: &'static str = "globalconfig";

    fn id() -> Expr {
        GlobalConfigColumn::Id.value()
    }

    fn find(select: &mut SelectStatement) {
        select.from(Table::Table);
    }

    fn join(_: &mut SelectStatement) {}

    fn columns() -> Vec<Expr> {
        GlobalConfigColumn::ALL.iter().map(|column| column.value()).collect()
    }

    fn record(flat: Vec<serde_json::Value>) -> (i64, GlobalConfigRow) {
        let mut id = 0;
        let values = GlobalConfigColumn::ALL.iter().zip(flat).map(|(column, value)| match column.kind() {
            ColumnKind::Boolean => Value::Boolean(value == true || value == 1),
            ColumnKind::Integer => {
                let number = value.as_i64().unwrap_or_default();
                if *column == GlobalConfigColumn::Id {
                    id = number;
                }
                Value::Integer(number)
            }
            _ => Value::Text(value.as_str().unwrap_or_default().to_owned()),
        });
        let values = values.collect();
        (id, GlobalConfigRow { id, values })
    }

    fn narrow((): &(), _: Sql) -> Where {
        Where::all()
    }
}
