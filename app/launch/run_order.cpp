#include "app/launch/run_order.h"

#include <fmt/format.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "app/store/whole_file.h"
#include "core/config/json_mistake.h"
#include "core/errors.h"

namespace tandem {
namespace {

using nlohmann::json;

constexpr const char* kOrderFile = "order.json";

}  // namespace

std::string text_of(const RunOrder& order) {
  json text = {{"file", order.file},           {"text", order.text},     {"overrides", order.overrides},
               {"factors", order.factors},     {"repeat", order.repeat}, {"process", order.process},
               {"processes", order.processes}, {"resume", order.resume}, {"attempt", order.attempt},
               {"missing", order.missing}};
  if (order.rendezvous) {
    text["rendezvous"] = {
        {"address", order.rendezvous->address}, {"port", order.rendezvous->port}, {"secret", order.rendezvous->secret}};
  }
  return text.dump() + "\n";
}

RunOrder parse_run_order(const std::string& text, const std::string& source) {
  try {
    const json order = json::parse(text);
    RunOrder read{.file = order.at("file"),
                  .text = order.at("text"),
                  .overrides = order.at("overrides"),
                  .factors = order.at("factors"),
                  .repeat = order.at("repeat"),
                  .resume = order.at("resume"),
                  .attempt = order.at("attempt"),
                  .process = order.at("process"),
                  .processes = order.at("processes"),
                  .missing = order.at("missing")};
    if (order.contains("rendezvous")) {
      ProcessPlacement& place = read.rendezvous.emplace();
      order.at("rendezvous").at("address").get_to(place.address);
      order.at("rendezvous").at("port").get_to(place.port);
      order.at("rendezvous").at("secret").get_to(place.secret);
    }
    return read;
  } catch (const json::exception& error) {
    throw UsageError(fmt::format("{}: is not the order of a run: {}", source, in_plain_words(error)));
  }
}

void write_run_order(const std::filesystem::path& folder, const RunOrder& order) {
  write_whole_file(folder / kOrderFile, text_of(order));
}

RunOrder read_run_order(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / kOrderFile;
  std::ifstream file(path);
  if (!file) throw UsageError(fmt::format("{}: cannot be read on this host", path.string()));
  return parse_run_order({std::istreambuf_iterator<char>(file), {}}, path.string());
}

RunOrder receive_run_order() {
  std::string line;
  for (char c = 0; read(STDIN_FILENO, &c, 1) == 1 && c != '\n';) line += c;
  return parse_run_order(line, "standard input");
}

}  // namespace tandem
