// Links that lose packets for a while, and what they leave to a flow.
//
// A packet is sent until it arrives, 1 / (1 - p) times on average, so a link carries (1 - p) of its bandwidth. And TCP
// halves its window at a loss, so that one connection gets no more than
//     segment / round trip * sqrt(3 / 2) / sqrt(p)
// (Mathis, Semke, Mahdavi and Ott, "The macroscopic behavior of the TCP congestion avoidance algorithm", CCR 27(3),
// 1997). The formula knows losses that TCP notices by later packets; waits for its time-outs are not in it.
#pragma once

#include <vector>

#include "core/cluster.h"
#include "sim/network/interconnect.h"

namespace tandem::sim {

/// What each connection gets at most. Without a round trip, or without losses, there is no limit.
double tcp_rate_bytes_per_s(double loss, double round_trip_s);

/// What sending packets again takes of the bandwidth of lossy links, in addition to the slowdowns that they have.
/// Outages take none: they are times at which nothing moves.
std::vector<Slowdown> slowdowns_with_losses(const Network& network);

/// The part of the packets from one rank to another that its way loses at this date, outages apart.
double loss_between(const std::vector<PacketLoss>& losses, const Interconnect& interconnect, int from, int to,
                    double date_s);
/// Whether its way ever loses any, outages apart.
bool may_lose_between(const std::vector<PacketLoss>& losses, const Interconnect& interconnect, int from, int to);

}  // namespace tandem::sim
