// The columns of runs.csv that a figure may name. The factors of the grid stand before them.
#pragma once

#include <array>
#include <string_view>

namespace tandem {

inline constexpr std::array<std::string_view, 35> kRunColumns = {
    "scenario",
    "world",
    "strategy",
    "strategy_label",
    "workers",
    "ranks",
    "seed",
    "repeat",
    "steps",
    "samples",
    "time_s",
    "step_s",
    "samples_per_s",
    "compute_s",
    "comm_s",
    "idle_s",
    "messages_sent",
    "bytes_sent",
    "max_bytes_sent_per_rank",
    "train_loss",
    "validation_loss",
    "validation_accuracy",
    "time_to_loss_s",
    "time_to_validation_loss_s",
    "time_to_validation_accuracy_s",
    "mean_staleness",
    "max_staleness",
    "parameters_sha256",
    "wall_s",
    "peak_rss_bytes",
    "picks",
    "weights_error",
    "network_model",
    "event_digest",
    "failure",
};

}  // namespace tandem
