"""What a laboratory taught the classifier with cells that its people reviewed."""
