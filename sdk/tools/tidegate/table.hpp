#pragma once

#include <string>
#include <vector>

/// Rows under a head, each column as wide as its widest cell, for a terminal.
class Table {
 public:
  explicit Table(std::vector<std::string> head) { add(std::move(head)); }
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  std::string text() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

/// The text with control characters, C1 too, shown as "\x1b": what a peer chose as its name must not steer the terminal.
std::string printable(const std::string &text);
