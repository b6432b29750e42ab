"""The pages of campaigns: their list, the editor, versions, pictures and consents."""
