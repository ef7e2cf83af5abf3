"""What a stack costs a month: by tier and assumed use, and by what a plan would change."""
