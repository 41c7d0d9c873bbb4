"""What customers are told: kinds of campaign, whom they concern, and what they say."""
