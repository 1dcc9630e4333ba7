#include "app/scenario/program_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <set>

#include "core/config/fields.h"
#include "core/config/large_document.h"
#include "core/config/limits.h"
#include "core/config/text_file.h"

namespace tandem {
namespace {

using ActivityKind = ReplayActivity::Kind;

constexpr std::size_t kLargestProgram = 16 << 20;
constexpr std::size_t kMostValues = 20 * kMostActivities;

/// An activity as it is written.
struct ActivityDraft : ReplayActivity {
  std::string what = "compute";
  std::optional<std::vector<std::size_t>> named_after;  ///< absent: the one before
  std::optional<std::size_t> named_group;               ///< absent: all ranks
};

struct ProgramDraft {
  std::string name, source;
  std::vector<std::vector<int>> groups;
  std::vector<std::vector<ActivityDraft>> ranks;
};

const Mapping<ActivityDraft>& activity_fields() {
  using A = ActivityDraft;
  static const Mapping<A> kFields = [] {
    std::vector<std::string> names = {"compute", "send", "receive"};
    std::vector<Variant> variants = {{"compute", "a computation", {"time", "flops", "stream"}},
                                     {"send", "a message to another rank", {"to", "bytes", "tag"}},
                                     {"receive", "a message from another rank", {"from", "bytes", "tag"}}};
    for (const OperationKind& kind : operation_kinds()) {
      names.emplace_back(kind.name);
      std::vector<std::string> keys = {"group", "stream"};
      if (kind.has_values) keys.emplace_back("bytes");
      if (kind.has_root) keys.emplace_back("root");
      variants.push_back({names.back(), "a collective", keys});
    }
    const auto rank = whole<int>(between(0, kMostRanks - 1));
    return Mapping<A>()
        .key("do", &A::what, choice_of(names), "what is done")
        .required()
        .key("name", &A::name, text(), "for people")
        .key("after", &A::named_after, maybe(list_of(whole(between(0, kMostActivities)), between(0, kMostActivities))),
             "activities of the rank, counted from 0, that end before this begins")
        .key("time", &A::time_s, quantity(Dimension::time, between(0, kLongest_s)), "however fast the host is")
        .key("flops", &A::flops, quantity(Dimension::computation, between(0, kMostFlopsPerSample)), "on the host")
        .key("to", &A::peer, rank, "the receiver")
        .key("from", &A::peer, rank, "the sender")
        .key("bytes", &A::bytes, quantity<std::size_t>(Dimension::bytes, between(0, kMostBytes)), "of the message")
        .key("tag", &A::tag, whole<int>(between(0, 2147483647)), "the n-th send goes to the n-th receive of the tag")
        .key("group", &A::named_group, maybe(whole(between(0, kMostReplayGroups))), "which of `groups`")
        .key("root", &A::root, rank, "in the group")
        .key("stream", &A::stream, whole<int>(between(0, kMostReplayStreams - 1)),
             "computations and collectives of one stream run one after the other")
        .variants("do", variants);
  }();
  return kFields;
}

const Mapping<ProgramDraft>& program_fields() {
  using P = ProgramDraft;
  static const Mapping<P> kFields =
      Mapping<P>()
          .key("name", &P::name, text(), "name of the program")
          .required()
          .key("source", &P::source, text(), "where it comes from")
          .key("groups", &P::groups,
               list_of(list_of(whole<int>(between(0, kMostRanks - 1)), between(1, kMostRanks)),
                       between(1, kMostReplayGroups)),
               "ranks that take part in collectives")
          .key("ranks", &P::ranks,
               list_of(list_of(activity_fields().type(), between(0, kMostActivities)), between(1, kMostRanks)),
               "what each rank does")
          .required();
  return kFields;
}

/// What the keys of a whole program say together.
class ProgramCompletion {
 public:
  ProgramCompletion(ProgramDraft& draft, const Value& root, Reader& reader)
      : draft_(draft), root_(root), reader_(reader) {}

  std::optional<ReplayProgram> program() {
    ReplayProgram program{.name = draft_.name, .source = draft_.source};
    const std::size_t before = reader_.errors();
    std::vector<int>& everyone = program.groups.emplace_back();
    for (std::size_t rank = 0; rank < draft_.ranks.size(); ++rank) everyone.push_back(static_cast<int>(rank));
    add_groups(program);
    if (reader_.errors() > before || has_too_many()) return std::nullopt;
    for (std::size_t rank = 0; rank < draft_.ranks.size(); ++rank) {
      std::vector<ReplayActivity>& activities = program.ranks.emplace_back();
      for (std::size_t i = 0; i < draft_.ranks[rank].size(); ++i)
        activities.push_back(completed(draft_.ranks[rank][i], rank, i, program));
    }
    if (reader_.errors() > before) return std::nullopt;
    if (const auto mistake = complete_program(program)) {
      reader_.error(item(static_cast<std::size_t>(mistake->rank), mistake->activity).position, mistake->text);
      return std::nullopt;
    }
    return program;
  }

 private:
  const Value& item(std::size_t rank, std::size_t activity) const {
    return root_.find("ranks")->value.items[rank].items[activity];
  }

  void add_groups(ReplayProgram& program) {
    for (std::size_t g = 0; g < draft_.groups.size(); ++g) {
      const Value& place = root_.find("groups")->value.items[g];
      const std::set<int> members(draft_.groups[g].begin(), draft_.groups[g].end());
      if (members.size() != draft_.groups[g].size())
        reader_.error(place.position, fmt::format("groups[{}] has a rank twice", g));
      if (*members.rbegin() >= static_cast<int>(draft_.ranks.size()))
        reader_.error(place.position, fmt::format("groups[{}] has rank {}, and the program has {}", g,
                                                  *members.rbegin(), draft_.ranks.size()));
      program.groups.push_back(draft_.groups[g]);
    }
  }

  bool has_too_many() {
    std::size_t activities = 0;
    for (const auto& rank : draft_.ranks) activities += rank.size();
    if (activities <= kMostActivities) return false;
    reader_.error(root_.find("ranks")->position,
                  fmt::format("{} activities; a program has at most {}", activities, kMostActivities));
    return true;
  }

  ReplayActivity completed(const ActivityDraft& draft, std::size_t rank, std::size_t i, const ReplayProgram& program) {
    ReplayActivity activity = draft;
    const auto refuse = [&](const std::string& why) {
      reader_.error(item(rank, i).position, fmt::format("ranks[{}][{}] {}", rank, i, why));
    };
    activity.after = needs_of(draft, i, refuse);
    activity.kind = draft.what == "compute"   ? ActivityKind::compute
                    : draft.what == "send"    ? ActivityKind::send
                    : draft.what == "receive" ? ActivityKind::receive
                                              : ActivityKind::collective;
    if (activity.is_message()) check_message(activity, static_cast<int>(rank), refuse);
    if (activity.kind != ActivityKind::collective) return activity;
    activity.operation = &operation_kind(draft.what);
    if (draft.named_group.value_or(0) >= program.groups.size() - (draft.named_group ? 1 : 0)) {
      refuse(fmt::format("is of group {}, and there are {}", *draft.named_group, program.groups.size() - 1));
      return activity;
    }
    activity.group = draft.named_group ? *draft.named_group + 1 : 0;
    check_collective(activity, static_cast<int>(rank), program.groups[activity.group], refuse);
    return activity;
  }

  template <class Refuse>
  static std::vector<std::uint32_t> needs_of(const ActivityDraft& draft, std::size_t i, const Refuse& refuse) {
    if (!draft.named_after)
      return i == 0 ? std::vector<std::uint32_t>() : std::vector{static_cast<std::uint32_t>(i - 1)};
    std::vector<std::uint32_t> needs;
    for (const std::size_t other : *draft.named_after) {
      if (other >= i) refuse(fmt::format("is after {}, which does not stand before it", other));
      needs.push_back(static_cast<std::uint32_t>(other));
    }
    return needs;
  }

  template <class Refuse>
  void check_message(const ReplayActivity& activity, int rank, const Refuse& refuse) const {
    const char* peer = activity.kind == ActivityKind::send ? "to" : "from";
    if (activity.peer < 0) return refuse(fmt::format("needs \"{}\"", peer));
    if (activity.peer == rank)
      refuse("is a message of a rank to itself, which takes no network: say what waits for it");
    if (activity.peer >= static_cast<int>(draft_.ranks.size()))
      refuse(fmt::format("is a message {} rank {}, and the program has {}", peer, activity.peer, draft_.ranks.size()));
  }

  template <class Refuse>
  static void check_collective(const ReplayActivity& call, int rank, const std::vector<int>& group,
                               const Refuse& refuse) {
    if (std::ranges::find(group, rank) == group.end())
      refuse(fmt::format("is a collective of a group that rank {} is not in", rank));
    if (call.root >= static_cast<int>(group.size()))
      refuse(fmt::format("has root {}, and its group {} ranks", call.root, group.size()));
    const std::size_t unit = kBytesPerValue * (call.operation->needs_equal_parts ? group.size() : 1);
    if (call.bytes % unit != 0)
      refuse(fmt::format("has {} bytes, which is no multiple of {}: float32 values{}", call.bytes, unit,
                         call.operation->needs_equal_parts ? " in equal parts" : ""));
  }

  ProgramDraft& draft_;
  const Value& root_;
  Reader& reader_;
};

/// The keys of an activity besides "do" and "after", as they are read.
std::string words_of(const ReplayActivity& activity) {
  const auto bytes = [&] { return format_quantity_exactly(static_cast<double>(activity.bytes), Dimension::bytes); };
  std::string words;
  switch (activity.kind) {
    case ActivityKind::send:
    case ActivityKind::receive:
      return fmt::format("{}, {}: {}, bytes: {}, tag: {}", activity.kind == ActivityKind::send ? "send" : "receive",
                         activity.kind == ActivityKind::send ? "to" : "from", activity.peer, bytes(), activity.tag);
    case ActivityKind::compute:
      words = "compute";
      if (activity.time_s > 0 || activity.flops == 0)
        words += ", time: " + format_quantity_exactly(activity.time_s, Dimension::time);
      if (activity.flops > 0) words += ", flops: " + format_quantity_exactly(activity.flops, Dimension::computation);
      break;
    case ActivityKind::collective:
      words = activity.operation->name;
      if (activity.operation->has_values) words += ", bytes: " + bytes();
      if (activity.operation->has_root) words += fmt::format(", root: {}", activity.root);
      if (activity.group > 0) words += fmt::format(", group: {}", activity.group - 1);
  }
  return activity.stream == 0 ? words : fmt::format("{}, stream: {}", words, activity.stream);
}

}  // namespace

std::shared_ptr<const ReplayProgram> Programs::read(const std::string& path) {
  auto [known, is_new] = known_.try_emplace(path);
  if (is_new) {
    sources_.push_back({.name = path, .text = read_text_file(path, "a program", kLargestProgram)});
    known->second = read(sources_.back());
  }
  return known->second;
}

std::shared_ptr<const ReplayProgram> Programs::read(const Source& source) {
  const std::size_t errors_before = diagnostics_.count();
  const Value root = parse_large_yaml(source, kMostValues, diagnostics_);
  if (diagnostics_.count() > errors_before) return nullptr;
  Reader reader(diagnostics_, root.position, "the program");
  ProgramDraft draft;
  program_fields().read(root, reader, draft);
  if (reader.errors() > 0) return nullptr;
  std::optional<ReplayProgram> program = ProgramCompletion(draft, root, reader).program();
  return program ? std::make_shared<const ReplayProgram>(std::move(*program)) : nullptr;
}

std::string program_text(const ReplayProgram& program) {
  const auto quoted = [](const std::string& words) {
    return Json(words).dump(-1, ' ', false, Json::error_handler_t::replace);
  };
  std::string text = fmt::format("name: {}\n", quoted(program.name));
  if (!program.source.empty()) text += fmt::format("source: {}\n", quoted(program.source));
  if (program.groups.size() > 1) text += "groups:\n";
  for (std::size_t g = 1; g < program.groups.size(); ++g)
    text += fmt::format("- [{}]\n", fmt::join(program.groups[g], ", "));
  text += "ranks:\n";
  for (std::size_t rank = 0; rank < program.ranks.size(); ++rank) {
    const std::vector<ReplayActivity>& activities = program.ranks[rank];
    text += fmt::format("# rank {}\n{}", rank, activities.empty() ? "- []\n" : "");
    for (std::size_t i = 0; i < activities.size(); ++i) {
      const ReplayActivity& activity = activities[i];
      const bool follows = activity.after.size() == 1 && activity.after.front() + 1 == i;
      text += fmt::format("{} - {{do: {}", i == 0 ? "-" : " ", words_of(activity));
      if (!(follows || (i == 0 && activity.after.empty())))
        text += fmt::format(", after: [{}]", fmt::join(activity.after, ", "));
      if (!activity.name.empty()) text += ", name: " + quoted(activity.name);
      text += "}\n";
    }
  }
  return text;
}

}  // namespace tandem
