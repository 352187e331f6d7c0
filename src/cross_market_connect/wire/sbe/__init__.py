"""FIX Simple Binary Encoding: message schemas read from their XML form, with every offset worked out."""
