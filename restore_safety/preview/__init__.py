"""The preview: what a restore would write, decided item by item, down to the exact bytes."""
