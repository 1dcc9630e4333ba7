// The command line: CLI11 reads what is asked for, and app/commands does it.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "app/commands/bench_collectives.h"
#include "app/commands/calibrate.h"
#include "app/commands/command.h"
#include "app/commands/compare.h"
#include "app/commands/doctor.h"
#include "app/commands/explain.h"
#include "app/commands/export.h"
#include "app/commands/import.h"
#include "app/commands/join.h"
#include "app/commands/lab.h"
#include "app/commands/list.h"
#include "app/commands/outline.h"
#include "app/commands/rank.h"
#include "app/commands/report.h"
#include "app/commands/run.h"
#include "app/commands/serve.h"
#include "app/commands/shard.h"
#include "app/commands/shell.h"
#include "app/commands/sweep.h"
#include "app/commands/validate.h"
#include "app/store/provenance.h"
#include "core/process/child.h"

namespace {

/// The options of each command.
struct Asked {
  tandem::RunOptions run;
  tandem::JoinOptions join;
  tandem::GatherOptions gather;
  tandem::SweepOptions sweep;
  tandem::ReportOptions report;
  tandem::ValidateOptions validate;
  tandem::ExplainOptions explain;
  tandem::CompareOptions compare;
  tandem::CalibrateOptions calibrate;
  tandem::ImportOptions import;
  tandem::ExportOptions exported;
  tandem::ListOptions list;
  tandem::BenchCollectivesOptions bench;
  tandem::LabOptions lab;
  tandem::ServerOptions serve;
  tandem::CompletionOptions completion;
  tandem::RankOptions rank;
};

int dispatch(const CLI::App& app, const Asked& asked) {
  if (app.got_subcommand("run")) return tandem::run_command(asked.run);
  if (app.got_subcommand("join")) return tandem::join_run_command(asked.join);
  if (app.got_subcommand("gather")) return tandem::gather_command(asked.gather);
  if (app.got_subcommand("sweep")) return tandem::sweep_command(asked.sweep);
  if (app.got_subcommand("report")) return tandem::report_command(asked.report);
  if (app.got_subcommand("validate")) return tandem::validate_command(asked.validate);
  if (app.got_subcommand("explain")) return tandem::explain_command(asked.explain);
  if (app.got_subcommand("compare")) return tandem::compare_command(asked.compare);
  if (app.got_subcommand("calibrate")) return tandem::calibrate_command(asked.calibrate);
  if (app.got_subcommand("import")) return tandem::import_command(asked.import);
  if (app.got_subcommand("export")) return tandem::export_command(asked.exported);
  if (app.got_subcommand("list")) return tandem::list_command(asked.list);
  if (app.got_subcommand("bench-collectives")) return tandem::bench_collectives_command(asked.bench);
  if (app.got_subcommand("lab")) return tandem::lab_command(asked.lab);
  if (app.got_subcommand("serve")) return tandem::serve_command(asked.serve);
  if (app.got_subcommand("completion")) return tandem::completion_command(app, asked.completion);
  if (app.got_subcommand("man")) return tandem::man_command(app);
  if (app.got_subcommand("rank")) return tandem::rank_command(asked.rank);
  return tandem::doctor_command(asked.run.study.mpirun);
}

// The error and a pointer to the help; the whole help text would scroll the error away.
std::string mistake_text(const CLI::App* app, const CLI::Error& error) {
  const std::vector<std::string> unknown = app->remaining();
  const bool no_such_command = app->get_subcommands().empty() && !unknown.empty() && app->get_parent() == nullptr;
  const std::string what =
      no_such_command ? fmt::format("there is no command \"{}\"", unknown.front()) : std::string(error.what());
  return fmt::format("tandem: {}\nRun with --help for what there is.\n", what);
}

// A file opened in the place of a closed standard stream would receive what is printed to that stream.
void reserve_standard_streams() {
  for (;;) {
    const int file = open("/dev/null", O_RDWR);
    if (file <= STDERR_FILENO && file >= 0) continue;
    if (file >= 0) close(file);
    return;
  }
}

int run_program(int argc, char** argv) {
  CLI::App app("Tandem: distributed-training strategies, run for real and simulated.", "tandem");
  app.require_subcommand(1);
  app.failure_message(mistake_text);
  app.set_version_flag("--version", tandem::version_text,
                       "Print the versions of Tandem, its libraries and its compiler");

  Asked asked;
  for (tandem::Mpirun* mpirun : {&asked.run.study.mpirun, &asked.sweep.study.mpirun, &asked.compare.study.mpirun,
                                 &asked.bench.world.mpirun, &asked.calibrate.world.mpirun})
    mpirun->program = tandem::this_program();
  asked.bench.world.arguments = asked.calibrate.world.arguments = {argv + 1, argv + argc};
  tandem::add_run(app, asked.run);
  tandem::add_join(app, asked.join);
  tandem::add_sweep(app, asked.sweep);
  tandem::add_gather(app, asked.gather);
  tandem::add_report(app, asked.report);
  tandem::add_validate(app, asked.validate);
  tandem::add_explain(app, asked.explain);
  tandem::add_compare(app, asked.compare);
  tandem::add_calibrate(app, asked.calibrate);
  tandem::add_import(app, asked.import);
  tandem::add_export(app, asked.exported);
  tandem::add_list(app, asked.list);
  tandem::add_bench_collectives(app, asked.bench);
  tandem::add_lab(app, asked.lab);
  tandem::add_serve(app, asked.serve);
  tandem::add_completion(app, asked.completion);
  tandem::add_man(app);
  tandem::add_rank(app, asked.rank);
  app.add_subcommand("doctor", "Say what this machine can run, and what is missing");
  tandem::add_examples(app);

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? tandem::kSuccess : tandem::kUsage;
  }
  return tandem::exit_code_of([&] { return dispatch(app, asked); });
}

}  // namespace

int main(int argc, char** argv) {
  reserve_standard_streams();
  const int code = run_program(argc, argv);
  if (std::fflush(stdout) == 0) return code;
  fmt::print(stderr, "tandem: the answer could not be written: {}\n", std::strerror(errno));
  return code != 0 ? code : tandem::kRunFailed;
}
