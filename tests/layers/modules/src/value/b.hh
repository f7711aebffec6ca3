#include "value/a.hh"
