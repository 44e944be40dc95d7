"""What the dialogue can do. Rasa calls these actions; they read `knowledge` and reach the service only through its HTTP API."""
