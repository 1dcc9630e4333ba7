// Every operation of every collective: what it leaves in the slices, and its messages and bytes, held to the closed
// form.
#include <gtest/gtest.h>

#include <mutex>

#include "algorithms/collectives/collective.h"
#include "app/worlds/worlds.h"

namespace tandem::laws {
namespace {

// Whole numbers, whose sums are exact in any order.
float value(int rank, std::size_t i) { return static_cast<float>(1 + (7 * rank + static_cast<int>(i % 11)) % 13); }

struct Failure {
  std::mutex mutex;
  std::string first;
  void say(const std::string& text) {
    const std::lock_guard hold(mutex);
    if (first.empty()) first = text;
  }
};

class Operations : public testing::TestWithParam<std::tuple<std::string, int>> {
 protected:
  int size() const { return std::get<1>(GetParam()); }

  // Runs `call` on every rank with `count` values of its own, compares the traffic, then has `check` look at them.
  void expect(const std::string& what, std::size_t count, Traffic (*traffic)(const CallShape&, int), int root,
              const std::function<void(Comm&, Slice data, Slice out)>& call,
              const std::function<bool(int rank, Slice data, Slice out)>& is_right) {
    Failure failure;
    find_world(std::get<0>(GetParam()))->run({.ranks = size()}, [&](Endpoint& endpoint) {
      Comm comm(endpoint, {.timeout_s = std::get<0>(GetParam()) == "sim" ? kNoDeadline : 20});
      const Buffer data = comm.make_buffer(count), out = comm.make_buffer(count);
      for (std::size_t i = 0; i < count; ++i) data.slice().f32()[i] = value(comm.rank(), i);
      comm.ledger().counting = true;
      call(comm, data, out);
      comm.ledger().counting = false;
      const Traffic wanted = traffic({.size = size(), .count = count, .root = root}, comm.rank());
      const std::string where = what + ", rank " + std::to_string(comm.rank()) + " of " + std::to_string(size()) +
                                ", " + std::to_string(count) + " values, root " + std::to_string(root);
      if (!(comm.ledger().traffic == wanted)) failure.say("traffic of " + where);
      if (!is_right(comm.rank(), data, out)) failure.say("values of " + where);
    });
    EXPECT_EQ(failure.first, "");
  }

  Range part(std::size_t count, int rank) const {
    return even_part(count, static_cast<std::size_t>(size()), static_cast<std::size_t>(rank));
  }
  float sum(std::size_t i) const {
    float all = 0;
    for (int rank = 0; rank < size(); ++rank) all += value(rank, i);
    return all;
  }
};

bool holds(Slice data, Range range, const std::function<float(std::size_t)>& wanted) {
  for (std::size_t i = range.begin; i < range.end; ++i) {
    if (data.f32()[i] != wanted(i)) return false;
  }
  return true;
}

TEST_P(Operations, LeaveWhatTheySayAndSendWhatTheirClosedFormSays) {
  const int n = size();
  const auto ranks = static_cast<std::size_t>(n);
  const auto all_sums = [&](int, Slice data, Slice) {
    return holds(data, {0, data.count}, [&](std::size_t i) { return sum(i); });
  };
  for (const Collective& algorithm : all_collectives()) {
    const std::string name(algorithm.name);
    for (const std::size_t count : {std::size_t{0}, std::size_t{1}, 7 * ranks + 3, std::size_t{1009}}) {
      if (const auto& operation = algorithm.all_reduce) {
        expect(
            name + " all-reduce", count, operation.traffic, 0,
            [&](Comm& comm, Slice data, Slice) { operation.run(comm, data); }, all_sums);
      }
      if (const auto& operation = algorithm.reduce_scatter) {
        expect(
            name + " reduce-scatter", count, operation.traffic, 0,
            [&](Comm& comm, Slice data, Slice) { operation.run(comm, data); },
            [&](int rank, Slice data, Slice) {
              return holds(data, part(data.count, rank), [&](std::size_t i) { return sum(i); });
            });
      }
      if (const auto& operation = algorithm.all_gather) {
        expect(
            name + " all-gather", count, operation.traffic, 0,
            [&](Comm& comm, Slice data, Slice) { operation.run(comm, data); },
            [&](int, Slice data, Slice) {
              for (int from = 0; from < n; ++from) {
                const auto theirs = [&](std::size_t i) { return value(from, i); };
                if (!holds(data, part(data.count, from), theirs)) return false;
              }
              return true;
            });
      }
      if (const auto& operation = algorithm.all_to_all) {
        expect(
            name + " all-to-all", count / ranks * ranks, operation.traffic, 0,
            [&](Comm& comm, Slice data, Slice out) { operation.run(comm, data, out); },
            [&](int rank, Slice, Slice out) {
              const std::size_t each = out.count / ranks;
              return holds(out, {0, out.count}, [&](std::size_t i) {
                return value(static_cast<int>(i / each), static_cast<std::size_t>(rank) * each + i % each);
              });
            });
      }
      if (const auto& operation = algorithm.barrier) {
        expect(
            name + " barrier", count, operation.traffic, 0, [&](Comm& comm, Slice, Slice) { operation.run(comm); },
            [](int, Slice, Slice) { return true; });
      }
    }
  }
}

TEST_P(Operations, WithARootLeaveWhatTheySayAndSendWhatTheirClosedFormSays) {
  const int last = size() - 1;
  for (const Collective& algorithm : all_collectives()) {
    const std::string name(algorithm.name);
    for (const std::size_t count : {std::size_t{0}, std::size_t{1}, std::size_t{1009}}) {
      for (const int root : {0, last / 2, last}) {
        if (const auto& operation = algorithm.broadcast) {
          expect(
              name + " broadcast", count, operation.traffic, root,
              [&](Comm& comm, Slice data, Slice) { operation.run(comm, data, root); },
              [&](int, Slice data, Slice) {
                return holds(data, {0, data.count}, [&](std::size_t i) { return value(root, i); });
              });
        }
        if (const auto& operation = algorithm.reduce) {
          expect(
              name + " reduce", count, operation.traffic, root,
              [&](Comm& comm, Slice data, Slice) { operation.run(comm, data, root); },
              [&](int rank, Slice data, Slice) {
                return rank != root || holds(data, {0, data.count}, [&](std::size_t i) { return sum(i); });
              });
        }
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Ranks, Operations,
                         testing::Combine(testing::Values("threads"), testing::Values(1, 2, 3, 5, 8, 13)),
                         [](const auto& test) {
                           return std::get<0>(test.param) + "_" + std::to_string(std::get<1>(test.param));
                         });

}  // namespace
}  // namespace tandem::laws
