//! A demo report.

use jiff::Timestamp;
use runstow_storage::fresh_tree::FreshTreeError;
use serde_json::json;

use super::content::Maker;
use super::run::RunPlan;

/// Whose signal processing a report uses.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum SignalProcessing {
    /// Its own, in its directory.
    Own,
    /// The instrument's, by a link into the run.
    OnInstrument,
}

/// What a report is.
pub(super) struct ReportPlan {
    pub(super) name: String,
    pub(super) pk: u32,
    pub(super) thumbnail: bool,
    pub(super) analysed: Timestamp,
    pub(super) signal_processing: SignalProcessing,
    pub(super) samples: usize,
}

const TOP: [&str; 14] = [
    "Default_Report.php",
    "parsefiles.php",
    "barcodeList.txt",
    "alignment.summary",
    "rawlib.alignment.summary",
    "ionstats_alignment.json",
    "alignment_barcode_summary.csv",
    "report_layout.json",
    "CA_barcode_summary.json",
    "status.txt",
    "main_process.log",
    "drmaa_stdout.txt",
    "DefaultTFs.conf",
    "uploadStatus",
];

/// Writes one report below the report storage.
pub(super) fn write_report(
    maker: &mut Maker<'_>,
    run: &RunPlan,
    plan: &ReportPlan,
) -> Result<(), FreshTreeError> {
    let at = plan.analysed;
    let dir = format!("results/analysis/output/Home/{}_{:03}", plan.name, plan.pk);
    let run_dir = format!("{}/{}", maker.root(), run.dir);
    let data_path = if plan.thumbnail { format!("{run_dir}/thumbnail") } else { run_dir.clone() };
    let params = json!({
        "resultsName": plan.name,
        "expName": run.name,
        "pathToData": data_path,
        "rawdatastyle": if plan.thumbnail { "tiled" } else { "single" },
        "exp_json": {"expDir": run_dir, "date": run.started.to_string(), "expName": run.name},
    });
    maker.text(&format!("{dir}/ion_params_00.json"), &format!("{params:#}\n"), at)?;
    let analysed = at.strftime("%Y-%m-%d %H:%M:%S");
    let meta =
        format!("Run Name = {}\nAnalysis Name = {}\nAnalysis Date = {analysed}\n", run.name, plan.name);
    maker.text(&format!("{dir}/expMeta.dat"), &meta, at)?;
    maker.text(&format!("{dir}/primary.key"), &format!("ResultsPK = {}\n", plan.pk), at)?;
    maker.text(&format!("{dir}/version.txt"), "Torrent_Suite=5.18.1\nion-analysis=5.18.3\n", at)?;
    maker.texts(&dir, &TOP, at)?;
    maker.data(&format!("{dir}/report.pdf"), 310, at)?;
    maker.data(&format!("{dir}/old_plot_new.png"), 48, at)?;
    maker.data(&format!("{dir}/ionstats_error_summary.h5"), 420, at)?;

    match plan.signal_processing {
        SignalProcessing::Own => {
            let base = format!("{dir}/sigproc_results");
            maker.data(&format!("{base}/1.wells"), if plan.thumbnail { 900 } else { 9400 }, at)?;
            maker.data(&format!("{base}/bfmask.bin"), 350, at)?;
            maker.data(&format!("{base}/Bead_density_contour.png"), 40, at)?;
            maker.data(&format!("{base}/bead_param.h5"), 260, at)?;
            maker.texts(&base, &["analysis.bfmask.stats", "sigproc.log", "processParameters.txt"], at)?;
        }
        SignalProcessing::OnInstrument => {
            maker.link(
                &format!("{dir}/sigproc_results"),
                &format!("{run_dir}/onboard_results/sigproc_results"),
            )?;
        }
    }

    let basecaller = format!("{dir}/basecaller_results");
    maker.texts(
        &basecaller,
        &["BaseCaller.json", "TFStats.json", "basecaller.log", "quality.summary"],
        at,
    )?;
    maker.data(&format!("{basecaller}/wellclass.h5"), 380, at)?;
    for sample in 1..=plan.samples {
        let barcode = format!("IonXpress_{sample:03}");
        let kib = if plan.thumbnail { 60 } else { 1500 + sample * 37 };
        maker.data(&format!("{dir}/{barcode}_rawlib.bam"), kib, at)?;
        maker.data(&format!("{dir}/{barcode}_rawlib.bam.bai"), 24, at)?;
        maker.data(&format!("{basecaller}/{barcode}_rawlib.basecaller.bam"), kib / 2, at)?;
        let calls = format!("{dir}/plugin_out/variantCaller_out.{}/{barcode}", plan.pk);
        maker.data(&format!("{calls}/TSVC_variants.vcf"), 70, at)?;
        maker.texts(&calls, &["results.json", "alleles.xls"], at)?;
    }
    maker.texts(
        &format!("{dir}/plugin_out/coverageAnalysis_out.{}", plan.pk),
        &["results.json", "summary.html"],
        at,
    )
}
