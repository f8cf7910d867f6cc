"""The terminal screen: all of Textual that the project uses, over the engine's port."""
