// Who may ask the local server. Any web page that is open in a browser can send requests to 127.0.0.1, and a foreign
// name can be made to resolve to it (DNS rebinding); neither may reach the scenarios of this machine.
#pragma once

#include <optional>
#include <string>

namespace tandem {

/// What a request says of itself; empty where it says nothing.
struct Request {
  std::string path;
  std::string host;    ///< the header Host
  std::string origin;  ///< the header Origin: browsers send it with every request that another page makes
  std::string token;   ///< the header X-Tandem-Token
};

struct Refusal {
  int status;
  std::string reason;
};

class Guard {
 public:
  /// `port` is the server's own.
  Guard(int port, std::string token) : port_(port), token_(std::move(token)) {}

  /// Empty for a request by this machine's name and from the server's own page. Everything below /api/ needs the token,
  /// too; the page itself holds nothing of this machine.
  std::optional<Refusal> refusal(const Request& request) const;

 private:
  bool is_own(const std::string& host) const;

  int port_;
  std::string token_;
};

/// 128 random bits in hexadecimal digits.
std::string new_token();

}  // namespace tandem
