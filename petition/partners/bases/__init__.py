"""The bases of organizations: asked for by owners, approved by staff, and the reach around them."""
