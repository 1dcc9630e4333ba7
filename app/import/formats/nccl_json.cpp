// The report that nccl-tests writes with -J. Its list of devices has one entry for each process, whatever the number of
// GPUs that the process drives.
#include "app/import/formats/nccl_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "app/import/json_text.h"

namespace tandem::formats {
namespace {

using Json = nlohmann::json;

double number_in(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number() ? found->get<double>() : -1;
}

/// Rows begin with "size": the line of each.
std::vector<std::size_t> lines_of_rows(const std::string& text) {
  std::vector<std::size_t> lines;
  std::size_t line = 1, counted = 0;
  for (std::size_t at = text.find("\"size\""); at != std::string::npos; at = text.find("\"size\"", at + 1)) {
    line += static_cast<std::size_t>(std::count(text.begin() + static_cast<std::ptrdiff_t>(counted),
                                                text.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
    counted = at;
    lines.push_back(line);
  }
  return lines;
}

void take_row(const Json& json, std::size_t line, NcclRun& run) {
  constexpr double kMicro = 1e-6, kGiga = 1e9;
  const auto refuse = [&](const std::string& why) {
    run.refused_rows.push_back(fmt::format("line {}: {}", line, why));
  };
  const auto values = json.find("out_of_place");
  if (values == json.end() || !values->is_object()) return refuse("it has no values out of place");
  if (values->contains("cpu_time"))
    return refuse("cpu_time (-C) is how long the call took, not how long the collective did");
  const double bytes = number_in(json, "size"), time = number_in(*values, "time"), algbw = number_in(*values, "alg_bw"),
               busbw = number_in(*values, "bus_bw");
  if (bytes <= 0) return refuse("0 bytes; nothing is sent");
  if (time <= 0 || algbw < 0 || busbw < 0) return refuse("no time, or no rate");
  const double wrong = number_in(*values, "nwrong");
  if (wrong < 0) return refuse("nwrong is null: the run did not check its results (-c 0)");
  if (wrong > 0) return refuse(fmt::format("{:g} wrong values", wrong));
  if (json.contains("type") && json["type"].is_string()) run.type = json["type"];
  run.rows.push_back({line, bytes, time * kMicro, algbw * kGiga, busbw * kGiga});
}

void take_config(const Json& config, const InputFile& input, NcclRun& run) {
  const double threads = number_in(config, "nthreads"), gpus = number_in(config, "ngpus");
  const auto devices = config.find("devices");
  if (threads < 1 || gpus < 1 || devices == config.end() || !devices->is_array())
    input.refuse("\"config\" does not say \"nthreads\", \"ngpus\" and \"devices\"");
  constexpr double kMost = 1e6;
  const double ranks = static_cast<double>(devices->size()) * threads * gpus;
  if (ranks > kMost) input.refuse(fmt::format("{:.0f} ranks; there may be {:.0f}", ranks, kMost));
  run.ranks = static_cast<std::size_t>(ranks);
  for (const Json& device : *devices) {
    if (!device.is_object() || !device.contains("hostname") || !device["hostname"].is_string())
      input.refuse("a device without \"hostname\"");
    run.nodes.insert(device["hostname"].get<std::string>());
    if (device.contains("device_info") && device["device_info"].is_string())
      run.devices.insert(device["device_info"].get<std::string>());
  }
}

}  // namespace

std::vector<NcclRun> read_nccl_json(const InputFile& input) {
  const std::string text = input.text();
  const Json json = parse_json(text, input);
  NcclRun run;
  if (!json.is_object() || !json.contains("results") || !json["results"].is_array() || !json.contains("config"))
    input.refuse("a report of nccl-tests has \"config\" and \"results\"");
  take_config(json["config"], input, run);
  run.named_by = "the program in \"args\"";
  if (json.contains("args") && json["args"].is_array() && !json["args"].empty() && json["args"][0].is_string()) {
    const std::string program = json["args"][0];
    run.collective = nccl_collective(std::string_view(program).substr(program.rfind('/') + 1));
  }
  const std::vector<std::size_t> lines = lines_of_rows(text);
  std::size_t i = 0;
  for (const Json& row : json["results"]) {
    const std::size_t line = i < lines.size() ? lines[i] : 1;
    ++i;
    if (!row.is_object()) input.refuse(line, "a row is a mapping");
    take_row(row, line, run);
  }
  return checked({run}, input);
}

}  // namespace tandem::formats
