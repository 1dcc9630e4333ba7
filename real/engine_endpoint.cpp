#include "real/engine_endpoint.h"

#include <pthread.h>

#include <functional>
#include <thread>
#include <utility>

namespace tandem::real {
namespace {

class ThreadTask : public Task {
 public:
  ThreadTask(Engine& engine, const Cluster& cluster, const std::string& name, std::function<void(Endpoint&)> stack)
      : endpoint_(engine, cluster), thread_([this, stack = std::move(stack)] { stack(endpoint_); }) {
    constexpr std::size_t kLongestName = 15;
    pthread_setname_np(thread_.native_handle(), name.substr(0, kLongestName).c_str());
  }
  ~ThreadTask() override {
    if (!thread_.joinable()) return;
    endpoint_.end();
    thread_.join();
  }
  void join() override {
    if (thread_.joinable()) thread_.join();
  }

 private:
  EngineEndpoint endpoint_;
  std::thread thread_;
};

}  // namespace

void EngineEndpoint::compute(const Work& work, const std::function<void()>& body) { host_.compute(*this, work, body); }

std::unique_ptr<Task> EngineEndpoint::spawn(std::string name, std::function<void(Endpoint&)> stack) {
  return std::make_unique<ThreadTask>(engine_, cluster_, name, std::move(stack));
}

}  // namespace tandem::real
