"""How many labels a training needs, with and without what went before it: learning curves over nested subsets."""
