#pragma once

#include <vector>

#include "core/needs.hpp"
#include "service/service.hpp"

namespace tidegate::sdk {

inline NeedGraph::Chosen marks(const std::vector<Service *> &services) {
  NeedGraph::Chosen marks;
  for (const Service *service : services) {
    if (marks.size() <= service->index()) marks.resize(service->index() + 1);
    marks[service->index()] = true;
  }
  return marks;
}

/// Marks services of one request as about to start or stop while the object lives.
class Together {
 public:
  Together(NeedGraph::Chosen &place, const std::vector<Service *> &services) : place_(place) { place_ = marks(services); }
  ~Together() { place_.clear(); }
  Together(const Together &) = delete;
  Together &operator=(const Together &) = delete;

 private:
  NeedGraph::Chosen &place_;
};

}  // namespace tidegate::sdk
