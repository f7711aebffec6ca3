#include "base/a.hh"
