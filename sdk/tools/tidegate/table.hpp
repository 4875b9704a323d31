#pragma once

#include <string>
#include <vector>

/// A table for a terminal: rows under a head, each column as wide as its widest cell.
class Table {
 public:
  explicit Table(std::vector<std::string> head) { add(std::move(head)); }
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  std::string text() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

/// Returns a list such as "a, b, c". After eight parts it only has the number of the rest: other users can plant thousands of folders and
/// sockets.
std::string listed(const std::vector<std::string> &parts);

/// Returns the number of columns that a text takes on a terminal: two for East Asian characters and emoji, none for combining marks.
std::size_t width_of(const std::string &text);

/// Returns the text, or if it is wider than `columns` as much of it as fits, with "…" at its end.
std::string cut_to_width(const std::string &text, std::size_t columns);
