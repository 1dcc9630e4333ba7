// THE LOOP of every data-parallel worker: forward, backward, exchange, for every step.
//
//   cost of a step: compute/n and the exchange, one after the other; with overlap at least the larger of the two
#pragma once

#include "algorithms/collectives/collective.h"
#include "algorithms/exchanges/exchange.h"

namespace tandem {

/// This rank's whole run as a worker.
void train_worker(Comm& comm, const Job& job, Training& training, const ExchangeRow& row);

/// How the workers sum their losses under stop.loss: by the exchange's collective, or a ring.
const Collective& collective_for_losses(const Job& job);

}  // namespace tandem
