#pragma once
// Values of PostgreSQL's, as text, and of flowrun's.

#include <flowrun/component.hh>

#include "client.hh"

namespace flowrun::postgres {

// Lists and maps as JSON. Throws Failure: it has a NUL, which no text there may have.
Parameter parameter_of(sdk::Value value);
// The columns of a row, by name.
void build_row(sdk::Build& out, const Result& rows, int row);
// As a field in what COPY reads; \N: NULL.
void append_field(std::string& to, const Parameter& value);

}  // namespace flowrun::postgres
