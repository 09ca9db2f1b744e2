//! The demo's two runs, each with its reports.

use jiff::{SignedDuration, Timestamp};
use runstow_storage::fresh_tree::FreshTreeError;

use super::content::Maker;
use super::report::{ReportPlan, SignalProcessing, write_report};

/// What a run is called and where it lies.
pub(super) struct RunPlan {
    pub(super) name: String,
    pub(super) dir: String,
    instrument: String,
    chip: &'static str,
    platform: &'static str,
    pub(super) started: Timestamp,
}

impl RunPlan {
    pub(super) fn new(
        instrument: &str,
        number: u32,
        assay: &str,
        chip: &'static str,
        platform: &'static str,
        started: Timestamp,
    ) -> Self {
        let stamp = started.strftime("%Y_%m_%d_%H_%M_%S");
        let name = format!("R_{stamp}_user_{instrument}-{number}-{assay}");
        let dir = format!("results/{instrument}/{name}");
        Self { name, dir, instrument: instrument.to_owned(), chip, platform, started }
    }

    fn explog(&self) -> String {
        format!(
            "Experiment Name: {}\nStart Time: {}\nChipType: {}\nPlatform: {}\nDeviceName: {}\nProject: demo\nFlows: 40\n",
            self.name,
            self.started.strftime("%Y-%m-%d %H:%M:%S"),
            self.chip,
            self.platform,
            self.instrument
        )
    }
}

/// Files an instrument leaves at the top of every run.
const TOP: [&str; 10] = [
    "InitLog.txt",
    "InitValsW2.txt",
    "InitValsW3.txt",
    "RawInit.txt",
    "CalW1Step_explog.txt",
    "checksum_status.txt",
    "scurves.txt",
    "settling_coeff_vals.txt",
    "Controller",
    "controller.log",
];

/// The parts of the chip that the S5 run writes apart.
const BLOCKS: [&str; 4] = ["X0_Y0", "X0_Y1332", "X1288_Y0", "X1288_Y1332"];

fn run_logs(maker: &mut Maker<'_>, run: &RunPlan, ended: Timestamp) -> Result<(), FreshTreeError> {
    maker.text(&format!("{}/explog.txt", run.dir), &run.explog(), run.started)?;
    maker.text(&format!("{}/explog_final.txt", run.dir), &run.explog(), ended)?;
    maker.texts(&run.dir, &TOP, ended)?;
    maker.data(&format!("{}/reagentInfo.tsv", run.dir), 12, ended)
}

/// A PGM run: flat acquisitions, one report with its own signal processing.
pub(super) fn pgm(maker: &mut Maker<'_>, run: &RunPlan) -> Result<(), FreshTreeError> {
    let ended = run.started + SignedDuration::from_hours(5);
    run_logs(maker, run, ended)?;
    for flow in 0..40 {
        maker.data(&format!("{}/acq_{flow:04}.dat", run.dir), 480 + flow % 7 * 16, ended)?;
    }
    for index in 0..4 {
        maker.data(&format!("{}/beadfind_pre_{index:04}.dat", run.dir), 300, run.started)?;
    }
    maker.date(&run.dir, ended)?;
    let report = ReportPlan {
        name: format!("Auto_user_{}", run.name.trim_start_matches("R_")),
        pk: 118,
        thumbnail: false,
        analysed: ended + SignedDuration::from_hours(3),
        signal_processing: SignalProcessing::Own,
        samples: 4,
    };
    write_report(maker, run, &report)
}

/// An S5 run: blocks, thumbnail and on-instrument results; three reports.
pub(super) fn s5(maker: &mut Maker<'_>, run: &RunPlan) -> Result<(), FreshTreeError> {
    let ended = run.started + SignedDuration::from_hours(4);
    run_logs(maker, run, ended)?;
    let json = format!(
        "{{\"experiment_name\": \"{}\", \"start_time\": \"{}\", \"chiptype\": \"{}\", \"platform\": \"{}\"}}\n",
        run.name,
        run.started.strftime("%Y-%m-%d %H:%M:%S"),
        run.chip,
        run.platform
    );
    maker.text(&format!("{}/explog.json", run.dir), &json, run.started)?;
    maker.text(&format!("{}/explog_final.json", run.dir), &json, ended)?;
    for block in BLOCKS {
        for flow in 0..12 {
            maker.data(&format!("{}/{block}/acq_{flow:04}.dat", run.dir), 700, ended)?;
        }
        let results = format!("{}/onboard_results/sigproc_results/block_{block}", run.dir);
        maker.data(&format!("{results}/1.wells"), 2300, ended)?;
        maker.data(&format!("{results}/bfmask.bin"), 220, ended)?;
        maker.data(&format!("{results}/bead_param.h5"), 140, ended)?;
        maker.texts(
            &results,
            &["analysis.bfmask.stats", "bfmask.stats", "sigproc.log", "processParameters.txt"],
            ended,
        )?;
    }
    let summary = format!("{}/onboard_results/sigproc_results", run.dir);
    maker.texts(
        &summary,
        &["analysis.bfmask.stats", "avgNukeTrace_ATCG.txt", "avgNukeTrace_TCAG.txt"],
        ended,
    )?;
    maker.data(&format!("{summary}/Bead_density_contour.png"), 45, ended)?;
    for flow in 0..12 {
        maker.data(&format!("{}/thumbnail/acq_{flow:04}.dat", run.dir), 110, ended)?;
    }
    maker.texts(&format!("{}/thumbnail", run.dir), &["explog_final.txt"], ended)?;
    for folder in BLOCKS.into_iter().chain(["thumbnail", "onboard_results", ""]) {
        maker.date(&format!("{}/{folder}", run.dir), ended)?;
    }

    let base = run.name.trim_start_matches("R_");
    let full = ReportPlan {
        name: format!("Auto_user_{base}"),
        pk: 231,
        thumbnail: false,
        analysed: ended + SignedDuration::from_hours(2),
        signal_processing: SignalProcessing::OnInstrument,
        samples: 6,
    };
    write_report(maker, run, &full)?;
    let thumbnail = ReportPlan {
        name: format!("Auto_user_{base}_tn"),
        pk: 232,
        thumbnail: true,
        analysed: ended + SignedDuration::from_hours(1),
        signal_processing: SignalProcessing::Own,
        samples: 1,
    };
    write_report(maker, run, &thumbnail)?;
    let again = ReportPlan {
        name: format!("{base}_reanalysis"),
        pk: 240,
        thumbnail: false,
        analysed: ended + SignedDuration::from_hours(50),
        signal_processing: SignalProcessing::OnInstrument,
        samples: 6,
    };
    write_report(maker, run, &again)
}
